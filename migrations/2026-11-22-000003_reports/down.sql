DROP TABLE idempotency_keys, alerts, supporters, update_photos, report_photos, photos, desk_reads, notes, updates,
    report_areas, report_bodies, report_contacts, reports;
