DROP TABLE idempotency_keys, alerts, supporters, update_photos, report_photos, photos, desk_reads, notes, update_contacts, updates,
    report_areas, report_bodies, report_contacts, reports;
