"""The queue of files on their way into the library as HTML."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from ingest.intake import Accepted
from ingest.jobs import Job, JobState, LogLine, Stage
from ingest.report import IngestReport
from web.library_view import report_html
from web.rendering import message_html

_NAMES = {
    JobState.WAITING: "Đang chờ",
    JobState.RUNNING: "Đang đọc",
    JobState.DONE: "Đã xong",
    JobState.FAILED: "Không nhận được",
    JobState.CANCELLED: "Đã hủy",
}
_TONES = {
    JobState.WAITING: "unknown",
    JobState.RUNNING: "busy",
    JobState.DONE: "good",
    JobState.FAILED: "bad",
    JobState.CANCELLED: "unknown",
}
_MINUTE_S, _HOUR_S = 60, 3600
# What was done before the latest few is folded away: it is in the library's list beneath.
_DONE_SHOWN = 3


def queue_html(
    jobs: Sequence[Job], counts: Mapping[JobState, int], *, mean_duration_s: float | None, workers: int, now: datetime
) -> str:
    """The list with what is happening to each file and a button for what can be done about it.

    Args:
        jobs: Those to be listed.
        counts: All jobs by state.
        mean_duration_s: How long a file took lately.
        workers: Files read at once.
        now: When it is shown.
    """
    if not jobs:
        return ""
    done = [job for job in jobs if job.state is JobState.DONE]
    earlier = done[_DONE_SHOWN:]
    rows = "".join(_row(job, now) for job in jobs if job not in earlier)
    folded = (
        f"<details><summary>{len(earlier)} tệp đã xong trước đó</summary>"
        f'<table class="documents"><tbody>{"".join(_row(job, now) for job in earlier)}</tbody></table></details>'
        if earlier
        else ""
    )
    hidden = sum(counts.values()) - len(jobs)
    more = f'<p class="count">… và {hidden} tệp nữa.</p>' if hidden > 0 else ""
    ended = counts[JobState.DONE] + counts[JobState.FAILED] + counts[JobState.CANCELLED]
    clear = _button("clear", "Dọn các tệp đã kết thúc") if ended else ""
    return (
        f'<section class="queue" aria-label="Hàng đợi"><div class="actions"><h3>Hàng đợi</h3>{clear}</div>'
        f'<p class="count" role="status">{_summary(counts, mean_duration_s, workers)}</p>'
        '<table class="documents"><thead><tr><th>Tệp</th><th>Tình trạng</th><th>Diễn biến</th><th></th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{folded}{more}</section>"
    )


def log_html(job: Job, lines: Sequence[LogLine]) -> str:
    """What happened to one file, in order, in the server's time zone."""
    rows = "".join(f"<li>{line.at.astimezone():%d/%m/%Y %H:%M:%S}: {escape(line.text)}</li>" for line in lines)
    return (
        f'<section class="document"><h3>Nhật ký của {escape(job.name)}</h3><ul>{rows}</ul>'
        f'<div class="actions">{_button("close-log", "Đóng nhật ký")}</div></section>'
    )


def accepted_html(accepted: Accepted) -> str:
    """What became of handing files in."""
    taken = len(accepted.job_ids)
    said = f"Đã nhận {taken} tệp vào hàng đợi. Có thể đóng trang này, việc nạp vẫn tiếp tục."
    failed = report_html(IngestReport(failed=accepted.failed)) if accepted.failed else ""
    return (message_html(said) if taken else "") + failed


def duration(seconds: float) -> str:
    """A time span as people say it, never shorter than some seconds."""
    if seconds < _MINUTE_S:
        return "dưới 1 phút"
    if seconds < _HOUR_S:
        return f"khoảng {round(seconds / _MINUTE_S)} phút"
    return f"khoảng {seconds / _HOUR_S:.1f} giờ".replace(".", ",")


def _summary(counts: Mapping[JobState, int], mean_duration_s: float | None, workers: int) -> str:
    left = counts[JobState.RUNNING] + counts[JobState.WAITING]
    said = [f"{count} tệp {_NAMES[state].lower()}" for state, count in counts.items() if count]
    if left and mean_duration_s is not None:
        said.append(f"còn {duration(left * mean_duration_s / workers)}")
    return ", ".join(said) + "."


def _row(job: Job, now: datetime) -> str:
    name = escape(job.name)
    buttons = [_button("log", "Nhật ký", job, label=f"Nhật ký của {name}")]
    if job.state in {JobState.WAITING, JobState.RUNNING} and job.stage is Stage.READING and not job.cancelled:
        buttons.append(_button("cancel", "Hủy", job, label=f"Hủy {name}"))
    if job.state in {JobState.FAILED, JobState.CANCELLED} or _waits_for_retry(job):
        buttons.append(_button("retry", "Thử lại", job, label=f"Thử lại {name}"))
    return (
        f'<tr><td data-name="Tệp"><strong>{name}</strong><br><small>{_size(job.size_bytes)}</small></td>'
        f'<td data-name="Tình trạng"><span class="badge badge-{_TONES[job.state]}">{_state(job)}</span></td>'
        f'<td data-name="Diễn biến">{_story(job, now)}</td><td><div class="actions">{"".join(buttons)}</div></td></tr>'
    )


def _state(job: Job) -> str:
    if job.cancelled and job.state is JobState.RUNNING:
        return "Đang hủy"
    if job.state is JobState.RUNNING and job.stage is Stage.STORING:
        return "Đang lập chỉ mục"
    return "Chờ thử lại" if _waits_for_retry(job) else _NAMES[job.state]


def _waits_for_retry(job: Job) -> bool:
    return job.state is JobState.WAITING and job.retry_at is not None


def _story(job: Job, now: datetime) -> str:
    match job.state:
        case JobState.DONE if job.report.added or job.report.unchanged or job.report.failed:
            archive = message_html(job.message) if job.report.failed else ""
            return archive + report_html(job.report)
        case JobState.RUNNING if job.pages:
            return (
                f"Trang {job.page}/{job.pages}{_left(job, now)}"
                f'<progress max="{job.pages}" value="{job.page}" aria-label="Trang {job.page}/{job.pages}"></progress>'
            )
        case JobState.FAILED:
            return message_html(job.message, tone="bad")
        case JobState.WAITING if job.retry_at is not None:
            again = f" Lần sau lúc {job.retry_at.astimezone():%H:%M}."
            return message_html(job.message + again)
    return escape(job.message)


def _left(job: Job, now: datetime) -> str:
    if not job.page or job.started_at is None:
        return ""
    elapsed_s = (now - job.started_at).total_seconds()
    return f", còn {duration(elapsed_s * (job.pages - job.page) / job.page)}"


def _size(size_bytes: int) -> str:
    megabytes = size_bytes / 1_000_000
    return f"{megabytes:.1f} MB".replace(".", ",") if megabytes >= 1 else f"{max(1, round(size_bytes / 1000))} kB"


def _button(action: str, text: str, job: Job | None = None, *, label: str = "") -> str:
    of_job = f' data-job="{job.id}"' if job is not None else ""
    named = f' aria-label="{label}"' if label else ""
    return f'<button type="button" class="action" data-action="{action}"{of_job}{named}>{text}</button>'
