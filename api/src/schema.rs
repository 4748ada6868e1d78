// @generated automatically by Diesel CLI.

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    alerts (id) {
        id -> Uuid,
        user_id -> Int8,
        report_id -> Int8,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    api_keys (id) {
        id -> Uuid,
        body_id -> Int8,
        name -> Text,
        key_hash -> Bytea,
        hint -> Text,
        created_by -> Nullable<Int8>,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        trusted -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    areas (id) {
        id -> Int8,
        kind -> Text,
        code -> Text,
        name -> Text,
        name_alt -> Nullable<Text>,
        geom -> Geometry,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    audit_log (id) {
        id -> Int8,
        at -> Timestamptz,
        actor_id -> Nullable<Int8>,
        action -> Text,
        object_type -> Text,
        object_id -> Nullable<Int8>,
        detail -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    bodies (id) {
        id -> Int8,
        slug -> Text,
        name -> Text,
        email -> Text,
        residents_may_fix -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    body_areas (body_id, area_id) {
        body_id -> Int8,
        area_id -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    categories (id) {
        id -> Int8,
        body_id -> Int8,
        code -> Text,
        name -> Text,
        group_name -> Text,
        hint -> Nullable<Text>,
        email -> Nullable<Text>,
        target_hours -> Nullable<Int4>,
        preferred -> Bool,
        live -> Bool,
        private -> Bool,
        blocking_message -> Nullable<Text>,
        questions -> Jsonb,
        position -> Int4,
        keywords -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    deliveries (id) {
        id -> Uuid,
        report_id -> Int8,
        update_id -> Nullable<Int8>,
        body_id -> Int8,
        state -> Text,
        attempts -> Int4,
        next_attempt_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    desk_reads (user_id, report_id) {
        user_id -> Int8,
        report_id -> Int8,
        read_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    exports (id) {
        id -> Uuid,
        body_id -> Nullable<Int8>,
        user_id -> Nullable<Int8>,
        format -> Text,
        query -> Text,
        state -> Text,
        row_count -> Int8,
        row_total -> Nullable<Int8>,
        bytes -> Nullable<Int8>,
        sha256 -> Nullable<Text>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    idempotency_keys (scope, key) {
        scope -> Text,
        key -> Text,
        request_hash -> Bytea,
        status -> Int2,
        response -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    jobs (id) {
        id -> Uuid,
        kind -> Text,
        payload -> Jsonb,
        dedupe_key -> Nullable<Text>,
        run_at -> Timestamptz,
        attempts -> Int4,
        leased_until -> Nullable<Timestamptz>,
        parked_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        lane -> Nullable<Text>,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    link_tokens (id) {
        id -> Uuid,
        purpose -> Text,
        email -> Text,
        subject_id -> Nullable<Int8>,
        data -> Jsonb,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    mail_feedback (id) {
        id -> Uuid,
        message -> Text,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    map_changes (id) {
        id -> Int8,
        cell -> Int8,
        category_code -> Text,
        category_group -> Text,
        body_ids -> Array<Nullable<Int8>>,
        month -> Int4,
        status_group -> Text,
        count -> Int8,
        sum_lon -> Int8,
        sum_lat -> Int8,
        sum_id -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    map_counts (level, cell, status_group) {
        level -> Int2,
        cell -> Int8,
        status_group -> Text,
        count -> Int8,
        sum_lon -> Int8,
        sum_lat -> Int8,
        sum_id -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    map_events (id) {
        id -> Int8,
        at -> Timestamptz,
        report_id -> Int8,
        cell -> Int8,
        was -> Nullable<Int8>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    map_kind_counts (level, kind_id, by_month, cell, month, status_group) {
        level -> Int2,
        kind_id -> Int4,
        by_month -> Bool,
        cell -> Int8,
        month -> Int4,
        status_group -> Text,
        count -> Int8,
        sum_lon -> Int8,
        sum_lat -> Int8,
        sum_id -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    map_kinds (id) {
        id -> Int4,
        category_code -> Text,
        category_group -> Text,
        body_ids -> Array<Nullable<Int8>>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    moved_in (kind, theirs) {
        kind -> Text,
        theirs -> Int8,
        ours -> Int8,
        seen -> Uuid,
        written_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    moved_photos (name) {
        name -> Text,
        photo_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    notes (id) {
        id -> Int8,
        report_id -> Int8,
        body_id -> Int8,
        author_id -> Nullable<Int8>,
        text -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    open311_ignored (server_id, code) {
        server_id -> Int8,
        code -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    open311_requests (report_id, server_id) {
        report_id -> Int8,
        server_id -> Int8,
        state -> Text,
        request_id -> Nullable<Text>,
        token -> Nullable<Text>,
        token_at -> Nullable<Timestamptz>,
        token_tries -> Int4,
        tried_at -> Nullable<Timestamptz>,
        status_at -> Nullable<Timestamptz>,
        asked_at -> Nullable<Timestamptz>,
        seen -> Nullable<Uuid>,
        seen_notes -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    open311_servers (id) {
        id -> Int8,
        body_id -> Int8,
        endpoint -> Text,
        jurisdiction -> Nullable<Text>,
        key_sealed -> Nullable<Bytea>,
        format -> Text,
        extended_statuses -> Bool,
        photos -> Text,
        created_at -> Timestamptz,
        synced_at -> Nullable<Timestamptz>,
        sync_failures -> Int4,
        sync_words -> Nullable<Text>,
        polled_to -> Timestamptz,
        poll_minutes -> Int4,
        polled_at -> Nullable<Timestamptz>,
        poll_failures -> Int4,
        poll_words -> Nullable<Text>,
        has_updates -> Nullable<Bool>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    open311_services (category_id) {
        category_id -> Int8,
        server_id -> Int8,
        code -> Text,
        kind -> Text,
        protected -> Array<Nullable<Text>>,
        asked -> Array<Nullable<Text>>,
        automated -> Array<Nullable<Text>>,
        defined_at -> Nullable<Timestamptz>,
        gone -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    open311_updates (id) {
        id -> Int8,
        server_id -> Int8,
        report_id -> Int8,
        update_id -> Nullable<Int8>,
        incoming -> Bool,
        remote_id -> Nullable<Text>,
        said -> Nullable<Uuid>,
        note -> Nullable<Text>,
        media -> Array<Nullable<Text>>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    parked_summaries (body_id) {
        body_id -> Int8,
        day -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    photos (id) {
        id -> Text,
        width -> Int4,
        height -> Int4,
        created_at -> Timestamptz,
        used -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    places (id) {
        id -> Int8,
        kind -> Text,
        name -> Text,
        name_alt -> Nullable<Text>,
        form -> Text,
        form_alt -> Nullable<Text>,
        area -> Nullable<Text>,
        importance -> Float4,
        location -> Geometry,
        extent -> Nullable<Geometry>,
        source -> Text,
        source_key -> Text,
        shadowed -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    postcodes (code) {
        code -> Text,
        label -> Text,
        area -> Nullable<Text>,
        location -> Geometry,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    reader_marks (only_row) {
        only_row -> Bool,
        number -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    received_requests (report_id) {
        report_id -> Int8,
        body_id -> Int8,
        external_id -> Nullable<Text>,
        account_id -> Nullable<Text>,
        device_id -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    received_updates (body_id, external_id) {
        body_id -> Int8,
        external_id -> Text,
        update_id -> Int8,
        happened_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    refresh_tokens (id) {
        id -> Uuid,
        family_id -> Uuid,
        user_id -> Int8,
        token_hash -> Bytea,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    refused_addresses (address_hash) {
        address_hash -> Bytea,
        reason -> Text,
        since -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    report_areas (report_id, area_id) {
        report_id -> Int8,
        area_id -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    report_bodies (report_id, body_id) {
        report_id -> Int8,
        body_id -> Int8,
        category_id -> Nullable<Int8>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    report_contacts (report_id) {
        report_id -> Int8,
        name -> Nullable<Text>,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        anonymous -> Bool,
        answers -> Jsonb,
        questions -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    report_events (id) {
        id -> Int8,
        at -> Timestamptz,
        kind -> Text,
        report_id -> Int8,
        update_id -> Nullable<Int8>,
        category_code -> Text,
        body_ids -> Array<Nullable<Int8>>,
        status -> Nullable<Text>,
        changed -> Array<Nullable<Text>>,
        told -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    report_media (report_id, position) {
        report_id -> Int8,
        position -> Int2,
        url -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    report_photos (report_id, position) {
        report_id -> Int8,
        position -> Int2,
        photo_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    reports (id) {
        id -> Int8,
        location -> Geometry,
        title -> Text,
        detail -> Text,
        category_code -> Text,
        category_name -> Text,
        category_group -> Text,
        status -> Text,
        status_group -> Text,
        visibility -> Text,
        fixed_by -> Nullable<Text>,
        duplicate_of -> Nullable<Int8>,
        author_id -> Nullable<Int8>,
        public_name -> Nullable<Text>,
        street -> Nullable<Text>,
        area -> Nullable<Text>,
        created_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        updated_at -> Timestamptz,
        due_at -> Nullable<Timestamptz>,
        private -> Bool,
        supporter_count -> Int4,
        update_count -> Int4,
        search -> Tsvector,
        body_ids -> Array<Nullable<Int8>>,
        sent_at -> Nullable<Timestamptz>,
        answered_at -> Nullable<Timestamptz>,
        fixed_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    settings (key) {
        key -> Text,
        value -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    snapshots (day) {
        day -> Date,
        made_at -> Nullable<Timestamptz>,
        row_count -> Int8,
        files -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    staff (user_id, body_id) {
        user_id -> Int8,
        body_id -> Int8,
        role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    street_lines (id) {
        id -> Int8,
        class -> Text,
        name -> Nullable<Text>,
        name_alt -> Nullable<Text>,
        geom -> Geometry,
        source -> Text,
        source_key -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    supporters (report_id, supporter) {
        report_id -> Int8,
        supporter -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    update_contacts (update_id) {
        update_id -> Int8,
        name -> Nullable<Text>,
        email -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    update_photos (update_id, position) {
        update_id -> Int8,
        position -> Int2,
        photo_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    updates (id) {
        id -> Int8,
        report_id -> Int8,
        author_id -> Nullable<Int8>,
        body_id -> Nullable<Int8>,
        by_author -> Bool,
        public_name -> Nullable<Text>,
        text -> Nullable<Text>,
        status -> Nullable<Text>,
        duplicate_of -> Nullable<Int8>,
        visibility -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    users (id) {
        id -> Int8,
        email -> Text,
        name -> Nullable<Text>,
        phone -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    webhook_deliveries (webhook_id, event_id) {
        webhook_id -> Uuid,
        event_id -> Int8,
        state -> Text,
        attempts -> Int4,
        answer_status -> Nullable<Int2>,
        answer_words -> Nullable<Text>,
        next_attempt_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;
    use crate::db::Tsvector;

    webhooks (id) {
        id -> Uuid,
        body_id -> Int8,
        url -> Text,
        events -> Array<Nullable<Text>>,
        of_body_id -> Nullable<Int8>,
        category_code -> Nullable<Text>,
        area_id -> Nullable<Int8>,
        secret -> Bytea,
        old_secret -> Nullable<Bytea>,
        old_secret_until -> Nullable<Timestamptz>,
        enabled -> Bool,
        disabled_why -> Nullable<Text>,
        failing_since -> Nullable<Timestamptz>,
        created_by -> Nullable<Int8>,
        created_at -> Timestamptz,
    }
}

diesel::joinable!(alerts -> reports (report_id));
diesel::joinable!(alerts -> users (user_id));
diesel::joinable!(api_keys -> bodies (body_id));
diesel::joinable!(api_keys -> users (created_by));
diesel::joinable!(audit_log -> users (actor_id));
diesel::joinable!(body_areas -> areas (area_id));
diesel::joinable!(body_areas -> bodies (body_id));
diesel::joinable!(categories -> bodies (body_id));
diesel::joinable!(deliveries -> bodies (body_id));
diesel::joinable!(deliveries -> reports (report_id));
diesel::joinable!(deliveries -> updates (update_id));
diesel::joinable!(desk_reads -> reports (report_id));
diesel::joinable!(desk_reads -> users (user_id));
diesel::joinable!(exports -> bodies (body_id));
diesel::joinable!(exports -> users (user_id));
diesel::joinable!(map_kind_counts -> map_kinds (kind_id));
diesel::joinable!(moved_photos -> photos (photo_id));
diesel::joinable!(notes -> bodies (body_id));
diesel::joinable!(notes -> reports (report_id));
diesel::joinable!(notes -> users (author_id));
diesel::joinable!(open311_ignored -> open311_servers (server_id));
diesel::joinable!(open311_requests -> open311_servers (server_id));
diesel::joinable!(open311_requests -> reports (report_id));
diesel::joinable!(open311_servers -> bodies (body_id));
diesel::joinable!(open311_services -> categories (category_id));
diesel::joinable!(open311_services -> open311_servers (server_id));
diesel::joinable!(open311_updates -> open311_servers (server_id));
diesel::joinable!(open311_updates -> reports (report_id));
diesel::joinable!(open311_updates -> updates (update_id));
diesel::joinable!(parked_summaries -> bodies (body_id));
diesel::joinable!(received_requests -> bodies (body_id));
diesel::joinable!(received_requests -> reports (report_id));
diesel::joinable!(received_updates -> bodies (body_id));
diesel::joinable!(received_updates -> updates (update_id));
diesel::joinable!(refresh_tokens -> users (user_id));
diesel::joinable!(report_areas -> areas (area_id));
diesel::joinable!(report_areas -> reports (report_id));
diesel::joinable!(report_bodies -> bodies (body_id));
diesel::joinable!(report_bodies -> categories (category_id));
diesel::joinable!(report_bodies -> reports (report_id));
diesel::joinable!(report_contacts -> reports (report_id));
diesel::joinable!(report_media -> reports (report_id));
diesel::joinable!(report_photos -> photos (photo_id));
diesel::joinable!(report_photos -> reports (report_id));
diesel::joinable!(reports -> users (author_id));
diesel::joinable!(staff -> bodies (body_id));
diesel::joinable!(staff -> users (user_id));
diesel::joinable!(supporters -> reports (report_id));
diesel::joinable!(update_contacts -> updates (update_id));
diesel::joinable!(update_photos -> photos (photo_id));
diesel::joinable!(update_photos -> updates (update_id));
diesel::joinable!(updates -> bodies (body_id));
diesel::joinable!(updates -> users (author_id));
diesel::joinable!(webhook_deliveries -> report_events (event_id));
diesel::joinable!(webhook_deliveries -> webhooks (webhook_id));
diesel::joinable!(webhooks -> areas (area_id));
diesel::joinable!(webhooks -> users (created_by));

diesel::allow_tables_to_appear_in_same_query!(
    alerts,
    api_keys,
    areas,
    audit_log,
    bodies,
    body_areas,
    categories,
    deliveries,
    desk_reads,
    exports,
    idempotency_keys,
    jobs,
    link_tokens,
    mail_feedback,
    map_changes,
    map_counts,
    map_events,
    map_kind_counts,
    map_kinds,
    moved_in,
    moved_photos,
    notes,
    open311_ignored,
    open311_requests,
    open311_servers,
    open311_services,
    open311_updates,
    parked_summaries,
    photos,
    places,
    postcodes,
    reader_marks,
    received_requests,
    received_updates,
    refresh_tokens,
    refused_addresses,
    report_areas,
    report_bodies,
    report_contacts,
    report_events,
    report_media,
    report_photos,
    reports,
    settings,
    snapshots,
    staff,
    street_lines,
    supporters,
    update_contacts,
    update_photos,
    updates,
    users,
    webhook_deliveries,
    webhooks,
);
