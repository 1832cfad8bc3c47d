"""What InsightBoard is compared with, in the same run, on the same core, answering the same bytes."""
