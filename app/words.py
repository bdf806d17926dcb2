"""Every phrase of the pages, in Chinese and in English, side by side.

A phrase without its translation can't be written down here; `{name}` marks what is filled in.
"""

from __future__ import annotations

from typing import Any, Final

LANGUAGES: Final = {"zh": "中文", "en": "English"}
DEFAULT_LANGUAGE: Final = "zh"

# key: (Chinese, English)
PHRASES: Final[dict[str, tuple[str, str]]] = {
    "nav_ask": ("提问", "Ask"),
    "nav_library": ("知识库", "Library"),
    "nav_import": ("导入", "Import"),
    "nav_jobs": ("任务", "Jobs"),
    # What several pages say
    "all": ("全部", "All"),
    "none_yet": ("知识库里还没有条目。", "There are no entries yet."),
    "none_yet_next": (
        "导入一个问答文件（CSV、Excel、JSON），或者手动新建第一条。",
        "Import a file of questions and answers (CSV, Excel, JSON), or write the first entry.",
    ),
    "no_index": (
        "还没有建立索引，暂时不能搜索。",
        "There is no index yet to search in.",
    ),
    "no_index_next": (
        "建立索引会为每个问题计算一次向量，之后新增和修改的内容无需重建即可搜到。",
        "Building it computes one vector per question; later edits are found without a rebuild.",
    ),
    "build_index": ("建立索引", "Build the index"),
    "rebuild_index": ("更新索引", "Update the index"),
    "index_built": (
        "索引已更新：{total:,} 个问题。",
        "The index is up to date: {total:,} questions.",
    ),
    "embedding": ("正在计算向量：{done:,} / {total:,}", "Computing vectors: {done:,} of {total:,}"),
    "loading_model": ("正在加载模型…", "Loading the model…"),
    "collection": ("知识库", "Collection"),
    "category": ("分类", "Category"),
    "tags": ("标签", "Tags"),
    "status": ("状态", "Status"),
    "active": ("启用", "Active"),
    "draft": ("草稿", "Draft"),
    "archived": ("已归档", "Archived"),
    "edit": ("编辑", "Edit"),
    "no_answer": ("（没有填写答案）", "(no answer written)"),
    "more": ("显示全文", "show all"),
    # Ask
    "ask_title": ("想问什么？", "What would you like to know?"),
    "ask_placeholder": ("用平常的话提问，按回车", "Ask in your own words, then press Enter"),
    "ask_button": ("搜索", "Search"),
    "ask_count": ("条数", "Results"),
    "ask_try": ("试试这样问：", "Try one of these:"),
    "ask_too_long": (
        "问题太长（{length:,} 个字符，最多 {limit:,} 个），请精简后再试。",
        "The question is too long ({length:,} characters, at most {limit:,}); please shorten it.",
    ),
    "no_hits": ("没有找到条目。", "No entry was found."),
    "no_hits_next": (
        "请放宽筛选条件；草稿、已归档和不在有效期内的条目不会出现在这里。",
        "Widen the filters; drafts, archived entries and those outside their dates never answer.",
    ),
    "matched": ("匹配到的相似问：{question}", "Matched similar question: {question}"),
    "score_help": ("余弦相似度", "cosine similarity"),
    "took": (
        "{total:.0f} 毫秒（编码 {encode:.0f}，检索 {search:.0f}） · 索引 {build} · 模型 {model}",
        "{total:.0f} ms (encode {encode:.0f}, search {search:.0f}) · build {build} · model {model}",
    ),
    "pending": (
        "还有 {count:,} 个问题没有进入索引，暂时搜不到。",
        "{count:,} questions are not indexed yet and can't be found.",
    ),
    # Library
    "library_new": ("新建条目", "New entry"),
    "library_contains": ("包含文字", "Containing"),
    "library_contains_help": ("在问题、答案和编号中查找", "In questions, answers and IDs"),
    "library_count": ("共 {count:,} 条", "{count:,} entries"),
    "library_none": ("没有符合条件的条目，请放宽筛选。", "No entry matches; widen the filters."),
    "library_previous": ("上一页", "Previous"),
    "library_next": ("下一页", "Next"),
    "library_similar": ("{count} 个相似问", "{count} similar"),
    "archive": ("归档", "Archive"),
    "restore": ("恢复", "Restore"),
    "back": ("返回列表", "Back to the list"),
    "edit_title": ("编辑条目", "Edit entry"),
    "edit_missing": ("这个条目不存在或已被删除。", "This entry does not exist or was deleted."),
    "standard": ("标准问", "Standard question"),
    "similar": ("相似问（每行一个）", "Similar questions (one a line)"),
    "negative": ("反例问（每行一个）", "Negative questions (one a line)"),
    "negative_help": (
        "看着像、但不该由这一条回答的问题",
        "Look alike, but this must not answer",
    ),
    "answer": ("答案", "Answer"),
    "tags_help": ("用逗号分隔", "Separated by commas"),
    "valid_from": ("生效日期", "Valid from"),
    "valid_until": ("失效日期（含当天）", "Valid until (that day included)"),
    "external_id": ("编号", "ID"),
    "external_id_help": ("再次导入时用来对应同一条", "Tells an import that it is the same entry"),
    "save": ("保存", "Save"),
    "saved": ("已保存，现在就能搜到。", "Saved; it can be found now."),
    "saved_unfound": (
        "已保存，但还不能搜到：{reason}",
        "Saved, but not found yet: {reason}",
    ),
    "unchanged": ("没有改动。", "Nothing was changed."),
    "archived_now": ("已归档，不再出现在搜索结果里。", "Archived; it no longer answers."),
    "restored_now": ("已恢复启用。", "Restored; it answers again."),
    # Import
    "import_file": ("选择文件", "Choose a file"),
    "import_help": (
        "CSV、TSV、Excel（xlsx）、JSON、JSONL，最大 {megabytes} MB；编码自动识别。",
        "CSV, TSV, Excel (xlsx), JSON or JSONL, up to {megabytes} MB; the encoding is detected.",
    ),
    "import_found": ("{format} · {encoding}", "{format} · {encoding}"),
    "import_mapping": ("列的含义", "What the columns mean"),
    "import_no_column": ("（没有）", "(none)"),
    "import_unused": ("原样保留、不参与搜索的列：{headers}", "Columns kept as they are: {headers}"),
    "import_rows": ("前几行", "First rows"),
    "import_into": ("导入到知识库", "Into collection"),
    "import_into_help": ("选择已有的，或输入新名字", "Choose one, or type a new name"),
    "import_mode": ("已有条目", "Entries already there"),
    "import_append": ("新增和更新", "Add and update"),
    "import_replace": (
        "整体替换（删除文件里没有的）",
        "Replace (remove what the file lacks)",
    ),
    "import_dry": ("试运行", "Dry run"),
    "import_commit": ("导入", "Import"),
    "import_running": ("已读取 {done:,} 行", "{done:,} rows read"),
    "import_dry_done": ("试运行结果（没有改动任何内容）", "Dry run (nothing was changed)"),
    "import_done": ("导入完成", "Imported"),
    "import_read": ("读取", "Read"),
    "import_added": ("新增", "Added"),
    "import_updated": ("更新", "Updated"),
    "import_unchanged": ("未变", "Unchanged"),
    "import_rejected": ("拒绝", "Rejected"),
    "import_removed": (
        "文件里没有而删除：{count:,} 条。",
        "Removed, as the file lacks them: {count:,}.",
    ),
    "import_rejects": ("下载被拒绝的行", "Download the rejected rows"),
    "import_next": (
        "现在更新索引，导入的问题才能快速搜到。",
        "Update the index now, so that the imported questions can be found.",
    ),
    "import_standard_missing": (
        "请先指定哪一列是标准问。",
        "Say first which column holds the standard question.",
    ),
    # Jobs
    "jobs_help": (
        "重建索引等耗时工作在后台进行；搜索和编辑不受影响。",
        "Long work, such as building the index, is done in the background; searching and"
        " editing go on meanwhile.",
    ),
    "jobs_none": ("还没有任务。", "There are no jobs yet."),
    "job_title": ("#{number} {kind}", "#{number} {kind}"),
    "job_kind_reindex": ("更新索引", "Update the index"),
    "job_kind_fold": ("合并近期改动", "Fold in recent changes"),
    "job_queued": ("等待中", "waiting"),
    "job_running": ("进行中", "running"),
    "job_done": ("已完成", "done"),
    "job_failed": ("失败", "failed"),
    "job_cancelled": ("已取消", "cancelled"),
    "job_waits": ("正在等待后台进程…", "Waiting for a worker…"),
    "job_no_worker": (
        "还没有后台进程接手；请运行 `tongwen worker`。",
        "No worker has taken it yet; run `tongwen worker`.",
    ),
    "job_silent": (
        "执行它的进程没有回应；稍后由另一个进程接手。",
        "Its worker is silent; another one takes it over soon.",
    ),
    "job_stops": ("正在停止…", "Stopping…"),
    "job_phase_wait": ("另一个进程正在建立索引，等待中…", "Another process is indexing; waiting…"),
    "job_phase_load": ("正在加载模型…", "Loading the model…"),
    "job_phase_embed": ("正在计算向量…", "Computing vectors…"),
    "job_phase_build": ("正在写入索引…", "Writing the index…"),
    "job_phase_measure": ("正在用标注问题检验…", "Measuring on labelled queries…"),
    "job_phase_publish": ("正在发布…", "Publishing…"),
    "job_rate": ("每秒 {rate:,.0f}", "{rate:,.0f} a second"),
    "job_left": ("还需 {seconds:,.0f} 秒", "{seconds:,.0f} s left"),
    "job_result": (
        "索引 {build}：{total:,} 个问题，新算 {embedded:,}，沿用 {reused:,}",
        "build {build}: {total:,} questions, {embedded:,} embedded, {reused:,} reused",
    ),
    "job_took": ("用时 {seconds:,.1f} 秒", "took {seconds:,.1f} s"),
    "job_cancel": ("取消", "Cancel"),
    "job_retry": ("重试", "Try again"),
    "field_standard": ("标准问", "Question"),
    "field_similar": ("相似问", "Similar questions"),
    "field_negative": ("反例问", "Negative questions"),
    "field_answer": ("答案", "Answer"),
    "field_category": ("分类", "Category"),
    "field_tags": ("标签", "Tags"),
    "field_status": ("状态", "Status"),
    "field_valid_from": ("生效日期", "Valid from"),
    "field_valid_until": ("失效日期", "Valid until"),
    "field_external_id": ("编号", "ID"),
}


def phrase(language: str, key: str, **values: Any) -> str:
    """Return a phrase in a language of LANGUAGES, its `{names}` filled in."""
    text = PHRASES[key][0 if language == "zh" else 1]
    return text.format(**values) if values else text
