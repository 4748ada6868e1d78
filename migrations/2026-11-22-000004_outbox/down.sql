DROP TABLE parked_summaries, deliveries, jobs;
DROP FUNCTION notify_jobs();
