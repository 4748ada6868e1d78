DROP TABLE deliveries, jobs;
DROP FUNCTION notify_jobs();
