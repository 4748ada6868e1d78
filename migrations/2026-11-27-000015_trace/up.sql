-- The trace in which a job was made, as W3C's traceparent has it; none where nothing is traced, or the job is made by the clock.
ALTER TABLE jobs ADD COLUMN traceparent text;
