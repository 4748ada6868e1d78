DROP TABLE refused_addresses;
DROP TABLE mail_feedback;
DROP TABLE reader_marks;
DELETE FROM jobs WHERE kind = 'mail_feedback';
