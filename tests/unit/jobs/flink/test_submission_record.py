from ommatid_jobs.flink.submission_record import SubmissionRecord

RECORD = SubmissionRecord(
    "ommatid_jobs.flink.alerts", ("--fleet", "a file, with ' in it.yaml"), "/venv/bin/python", "0.1.0"
)


def test_a_record_reads_back_from_the_parameters_of_the_job():
    assert SubmissionRecord.from_parameters(RECORD.parameters()) == RECORD


def test_parameters_of_another_job_are_no_record():
    assert SubmissionRecord.from_parameters({"ommatid.module": "x", "ommatid.arguments": None}) is None
