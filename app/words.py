"""Every phrase of the pages, in Chinese and in English, side by side.

A phrase without its translation can't be written down here; `{name}` marks what is filled in,
`{count:entry|entries}` the word for one and the word for any other count.
"""

from __future__ import annotations

import string
from typing import Any, Final

LANGUAGES: Final = {"zh": "中文", "en": "English"}
DEFAULT_LANGUAGE: Final = "zh"

# key: (Chinese, English)
PHRASES: Final[dict[str, tuple[str, str]]] = {
    "nav_ask": ("提问", "Ask"),
    "nav_library": ("知识库", "Library"),
    "nav_import": ("导入", "Import"),
    "nav_jobs": ("任务", "Jobs"),
    "nav_unanswered": ("未答问题", "Unanswered"),
    "nav_insights": ("洞察", "Insights"),
    "nav_quality": ("质量", "Quality"),
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
        "The index is up to date: {total:,} {total:question|questions}.",
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
    "less": ("收起", "show less"),
    "overtaken": (
        "别人刚刚改过或处理过，所以没有照做；请重新打开，看过之后再决定。",
        "Somebody else changed or decided this meanwhile, so nothing was done; open it again and"
        " look before you repeat it.",
    ),
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
    "pending_words": (
        "{count:,} 个新问题在下次重建索引之前只能按意思找到，不能按词找到。",
        "{count:,} new {count:question|questions} can be found by meaning only, until the"
        " next reindex.",
    ),
    "pending": (
        "还有 {count:,} 个问题没有进入索引，暂时搜不到。",
        "{count:,} {count:question is|questions are} not indexed yet and can't be found.",
    ),
    # Verdicts and reasons
    "ask_answer": ("找到答案", "Answer"),
    "ask_did_you_mean": ("您是想问这个吗？", "Did you mean this?"),
    "ask_did_you_mean_help": (
        "意思接近，但不能确定就是您问的；请先看问题是否相符。",
        "Close in meaning, but not surely what you asked; see whether the question fits.",
    ),
    "ask_which": ("您问的是哪一个？", "Which of these do you mean?"),
    "ask_topic": (
        "不止一个条目与此有关；请看您要问的是哪一个，或者问得更具体一些。",
        "More than one entry is about this; see which one you mean, or ask more precisely.",
    ),
    "ask_no_answer": ("没有找到答案", "No answer found"),
    "ask_no_answer_help": (
        "下面是最接近的条目，它们可能都不是您要的。",
        "These are the nearest entries; perhaps none of them is what you need.",
    ),
    "nearest": ("其他接近的条目", "Other entries nearby"),
    "helpful": ("有帮助吗？", "Did this help?"),
    "copy": ("复制答案", "Copy answer"),
    "copied": ("已复制", "Copied"),
    "why_asked": ("问的是", "Asked"),
    "why_found": ("匹配的是", "Matched"),
    "why_shares": (
        "每一部分对相似度 {cosine:.3f} 的贡献（颜色越深越多）：",
        "What each part adds to the similarity of {cosine:.3f} (the darker, the more):",
    ),
    "why_filters": ("只在其中查找：{filters}", "Searched only in: {filters}"),
    "why": ("为什么是这一条", "Why this one"),
    "why_conflict": (
        "注意{kind}：问的是「{asked}」，这一条是「{found}」。",
        "Mind the {kind}: you asked “{asked}”, this entry says “{found}”.",
    ),
    "why_vetoed": (
        "它的反例问「{question}」更接近，所以不由它回答。",
        "Its negative question “{question}” is nearer, so it does not answer.",
    ),
    "why_exact": (
        "和这一条的问法完全一样（不计大小写、全半角、繁简和标点）。",
        "The same text as a question of this entry (but for case, width, script, edge marks).",
    ),
    "why_near": (
        "意思相近：与「{question}」的相似度为 {score:.3f}。",
        "Near in meaning: similarity to “{question}” is {score:.3f}.",
    ),
    "why_covered": (
        "问题里的词（越少见越重要）有 {share:.0%} 在这个条目的问法里出现过。",
        "Of the words asked for (rare ones count more), its questions have {share:.0%}.",
    ),
    "why_read_same": (
        "和它的问法放在一起再读一遍，像是同一个问题。",
        "Read side by side with its questions, it seems to ask the same.",
    ),
    "why_read_other": (
        "和它的问法放在一起再读一遍，像是另一个问题。",
        "Read side by side with its questions, it seems to ask something else.",
    ),
    "why_foreign": (
        "两句话是不同的语言，比的是意思，不是词语。",
        "It is in another language: meanings were compared, not words.",
    ),
    "why_common": ("共同的词：{words}。", "Words in common: {words}."),
    "why_strongest": ("对相似度贡献最大的部分：{words}。", "What counted most: {words}."),
    "conflict_negation": ("肯定与否定", "denial"),
    "conflict_antonym": ("意思相反", "opposite"),
    "conflict_number": ("数目不同", "number"),
    "conflict_date": ("日期不同", "date"),
    "conflict_amount": ("金额不同", "amount"),
    "conflict_unit": ("单位不同", "unit"),
    "conflict_code": ("型号不同", "code"),
    "conflict_meaning": ("意思可能不同", "possible difference in meaning"),
    "conflict_nothing": ("没有这样说", "not so"),
    # Library
    "library_new": ("新建条目", "New entry"),
    "library_contains": ("包含文字", "Containing"),
    "library_contains_help": ("在问题、答案和编号中查找", "In questions, answers and IDs"),
    "library_count": ("共 {count:,} 条", "{count:,} {count:entry|entries}"),
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
    "saved_no_index": (
        "已保存；还没有索引，在「任务」页建立之后就能搜到。",
        "Saved; there is no index yet: it is found once the Jobs page has made one.",
    ),
    "saved_silent": ("已保存，目前还不会回答。", "Saved; it does not answer yet."),
    "question_missing": ("请填写标准问。", "Write the standard question."),
    "collection_missing": (
        "请选择知识库，或输入新名字。",
        "Choose a collection, or type a new name.",
    ),
    "unchanged": ("没有改动。", "Nothing was changed."),
    "archived_now": ("已归档，不再出现在搜索结果里。", "Archived; it no longer answers."),
    "restored_now": ("已恢复启用。", "Restored; it answers again."),
    # Import
    "import_file": ("选择文件", "Choose a file"),
    "import_help": (
        "CSV、TSV、Excel（xlsx）、JSON、JSONL、TXT（每行一个问题），可用 gzip 压缩，"
        "最大 {megabytes} MB；编码自动识别。",
        "CSV, TSV, Excel (xlsx), JSON, JSONL or TXT (one question a line), gzipped too, up to"
        " {megabytes} MB; the encoding is detected.",
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
    "import_running": ("已读取 {done:,} 行", "{done:,} {done:row|rows} read"),
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
    "import_no_rows": (
        "除了表头，文件里没有任何一行。",
        "The file has no row below its headers.",
    ),
    "import_standard_missing": (
        "请先指定哪一列是标准问。",
        "Say first which column holds the standard question.",
    ),
    # Unanswered
    "unanswered_help": (
        "没有答案、只猜到一半、或被评为没帮助的提问，按意思归在一起，问的人多的在前。",
        "What was not answered, only guessed at, or marked as no help: grouped by meaning, what"
        " most people asked first.",
    ),
    "unanswered_days": ("时间范围", "Asked in"),
    "unanswered_last_days": ("最近 {days} 天", "the last {days} days"),
    "unanswered_none": (
        "这段时间里没有等待处理的提问。",
        "Nothing in this time waits for a decision.",
    ),
    "unanswered_off": (
        "提问记录已关闭（TONGWEN_QUERY_LOG），新的提问不会出现在这里。",
        "The log of queries is switched off (TONGWEN_QUERY_LOG); nothing new appears here.",
    ),
    "unanswered_counts": (
        "{askers:,} 人次访问，共问 {asked:,} 次，近 7 天 {recent:,} 次",
        "{askers:,} {askers:visit|visits}, asked {asked:,} {asked:time|times}, {recent:,} in the"
        " last 7 days",
    ),
    "unanswered_unhelpful": ("{count:,} 次评为没帮助", "{count:,} {count:time|times} no help"),
    "unanswered_last": ("最近 {moment}", "last {moment}"),
    "unanswered_same": ("还有 {count:,} 种问法", "{count:,} more {count:way|ways} of asking"),
    "trend_new": ("新出现", "new"),
    "trend_up": ("上升", "rising"),
    "trend_down": ("下降", "falling"),
    "trend_level": ("持平", "level"),
    "unanswered_entry": ("最接近的条目", "Nearest entries"),
    "unanswered_similar": ("设为它的相似问", "Similar question of it"),
    "unanswered_negative": ("不该由它回答", "Not to be answered by it"),
    "unanswered_new": ("新建条目", "New entry"),
    "unanswered_create": ("新建", "Create"),
    "unanswered_wording": ("写成问题", "As a question"),
    "unanswered_wording_help": (
        "隐去了号码或邮箱的提问不能直接当作问法，请自己写。",
        "A query with a number or an address taken out can't be a question; write one yourself.",
    ),
    "unanswered_wording_missing": (
        "请先把它写成一个问题。",
        "Write it as a question first.",
    ),
    "unanswered_not_ours": ("与我们无关", "Not our business"),
    "unanswered_answer_help": (
        "留空则存为草稿，补上答案后才会回答。",
        "Without an answer it is kept as a draft, which answers nobody yet.",
    ),
    "unanswered_more": ("显示更多", "Show more"),
    "decided_similar": ("已设为相似问，现在就能答上。", "A similar question now; it is answered."),
    "decided_negative": ("已设为反例问。", "A negative question now."),
    "decided_negative_masked": (
        "已记下。隐去了号码或邮箱的提问不会成为反例问。",
        "Noted. A query with a number or an address taken out becomes no negative question.",
    ),
    "decided_new": ("已新建条目。", "A new entry was made."),
    "decided_not_ours": ("已标记为与我们无关。", "Marked as not our business."),
    "label_similar": ("相似问", "similar question"),
    "label_negative": ("反例问", "negative question"),
    "label_new": ("新建条目", "new entry"),
    "label_not_ours": ("与我们无关", "not our business"),
    "decided_title": ("处理记录", "Decided"),
    "decided_reopen": ("重新打开", "Open again"),
    # Insights
    "insights_help": (
        "人们问了什么，答上了多少，哪些条目从来没用上。",
        "What people ask, how much of it is answered, and which entries are never of use.",
    ),
    "insights_none": (
        "这段时间里没有提问记录。",
        "Nothing was asked in this time.",
    ),
    "insights_asked": ("提问", "Queries"),
    "insights_answered": ("已回答", "Answered"),
    "insights_suggested": ("猜测", "Suggested"),
    "insights_unanswered": ("未回答", "Unanswered"),
    "insights_helpful": ("有帮助", "Helpful"),
    "insights_helpful_of": ("{count:,} 次评价", "of {count:,} who said"),
    "insights_never": ("未用上的条目", "Entries never hit"),
    "insights_days": ("每天的提问", "Queries a day"),
    "insights_day": ("日期", "Day"),
    "insights_top": ("问得最多", "Top questions"),
    "insights_poor": ("没答好的", "Top unanswered"),
    "insights_never_list": ("从未用上", "Never hit"),
    "insights_expiring": ("30 天内失效", "Expiring in 30 days"),
    "insights_collections": ("知识库对比", "Collections"),
    "insights_entries": ("条目数", "Entries"),
    "insights_visits": ("人次", "Visits"),
    "insights_share": ("回答率", "Answered"),
    "insights_first": ("只列出前 {count:,} 条。", "The first {count:,} only."),
    "insights_nothing": ("没有。", "None."),
    "insights_open": ("去处理未答问题", "Decide about the unanswered ones"),
    # Quality
    "quality_help": (
        "用标注好的问题检验搜索：该找到的找到了吗，答不了的老实说了吗。",
        "Labelled queries test the search: is the right entry found, and is it said where none is?",
    ),
    "quality_new": ("新的检验", "New test"),
    "quality_upload": ("上传标注问题", "Upload labelled queries"),
    "quality_upload_help": (
        "每行一个问题（query）和应答条目的编号（expected）；没有答案的留空；多个编号用 | 分隔。",
        "A row has a query and the ID of the entry that must answer it (expected): empty where"
        " nothing does, several with | between them.",
    ),
    "quality_shipped": ("或用自带的问题", "Or the shipped ones"),
    "quality_mode": ("搜索方式", "Search mode"),
    "quality_run": ("开始检验", "Run"),
    "quality_none": ("还没有检验记录。", "No test has been run yet."),
    "quality_show": ("检验记录（首位命中率）", "Run (Recall@1)"),
    "quality_against": ("与之比较", "Compare with"),
    "quality_no_other": ("（不比较）", "(nothing)"),
    "quality_first": ("首位命中率", "Recall@1"),
    "quality_three": ("前三命中率", "Recall@3"),
    "quality_five": ("前五命中率", "Recall@5"),
    "quality_mrr": ("平均倒数排名", "MRR"),
    "quality_verdicts": ("判定正确率", "Verdicts right"),
    "quality_refused_right": ("拒答准确率", "No answer: precision"),
    "quality_refused_found": ("拒答召回率", "No answer: recall"),
    "quality_median": ("耗时中位数", "Median time"),
    "quality_slowest": ("耗时 99 分位", "99th percentile"),
    "quality_counts": (
        "{queries:,} 个问题（{answerable:,} 个有答案，{unanswerable:,} 个没有）",
        "{queries:,} {queries:query|queries} ({answerable:,} with an answer,"
        " {unanswerable:,} without)",
    ),
    "quality_build": ("索引 {build} · 模型 {model}", "build {build} · model {model}"),
    "quality_missing": (
        "有 {count:,} 个期望的编号不在知识库里，按未命中计算：{names}",
        "{count:,} {count:expected ID is|expected IDs are} not in the base and {count:counts|count}"
        " as not found: {names}",
    ),
    "quality_unread": (
        "文件中有 {count:,} 行无法使用。",
        "{count:,} {count:row|rows} of the file could not be used.",
    ),
    "quality_curve": ("阈值曲线", "Threshold curve"),
    "quality_scores": ("置信度分布", "Confidence"),
    "quality_latency": ("耗时", "Latency"),
    "quality_curve_help": (
        "如果只有置信度达到阈值才回答：回答中有多少是对的，有答案的问题有多少答对，答不了的有多少被挡住。",
        "If only what reaches a threshold were answered: how many answers are right, how many"
        " answerable queries are answered rightly, how many others are held back.",
    ),
    "quality_scores_help": (
        "最佳结果的置信度（由余弦、词语覆盖和并排再读算出）；颜色重叠越少，阈值越好定。",
        "Of the best hit, made of cosine, covered words and a second reading; the less the colours"
        " overlap, the clearer the threshold.",
    ),
    "quality_latency_help": (
        "逐个提问测得的耗时，含编码；最慢的 1% 归入最后一格。",
        "Asked one at a time, encoding included; the slowest hundredth is in the last bar.",
    ),
    "quality_wrong": ("答错的问题（{count:,}）", "Queries that went wrong ({count:,})"),
    "quality_all_right": ("全部正确。", "All are right."),
    "quality_query": ("问题", "Query"),
    "quality_expected": ("应答条目", "Expected"),
    "quality_rank": ("名次", "Rank"),
    "quality_best": ("最佳结果", "Best hit"),
    "quality_score": ("分数", "Score"),
    "quality_verdict": ("判定", "Verdict"),
    "quality_nothing": ("（无答案）", "(no answer)"),
    "quality_not_found": ("未找到", "not found"),
    "quality_download": ("下载结果（Excel）", "Download the results (Excel)"),
    "quality_difference": ("与上次相比", "Compared"),
    "quality_difference_counts": (
        "{better:,} 个变好，{worse:,} 个变差，{same:,} 个不变。",
        "{better:,} better, {worse:,} worse, {same:,} the same.",
    ),
    "quality_only": (
        "{before:,} 个问题只在之前问过，{after:,} 个只在之后问过。",
        "{before:,} {before:query was|queries were} only asked before, {after:,} only after.",
    ),
    "quality_worse": ("变差", "Worse"),
    "quality_better": ("变好", "Better"),
    "quality_before": ("之前", "Before"),
    "quality_after": ("之后", "After"),
    "curve_threshold": ("置信度", "Confidence"),
    "curve_share": ("比例", "Share"),
    "curve_right": ("回答正确的比例", "answers that are right"),
    "curve_covered": ("有答案的问题答对的比例", "answerable, answered rightly"),
    "curve_refused": ("没有答案的问题被挡住的比例", "unanswerable, held back"),
    "scores_right": ("首位正确", "best hit right"),
    "scores_wrong": ("首位错误", "best hit wrong"),
    "scores_none": ("本来没有答案", "nothing answers it"),
    "latency_queries": ("计时的问题", "timed queries"),
    "latency_ms": ("毫秒", "milliseconds"),
    "chart_count": ("个数", "Queries"),
    "mode_dense": ("按意思", "By meaning"),
    "mode_lexical": ("按字词", "By words"),
    "mode_hybrid": ("意思和字词", "Meaning and words"),
    "verdict_answer": ("回答", "answer"),
    "verdict_did_you_mean": ("您是不是想问", "did you mean"),
    "verdict_no_answer": ("没有答案", "no answer"),
    # Jobs
    "jobs_help": (
        "重建索引等耗时工作在后台进行；搜索和编辑不受影响。",
        "Long work, such as building the index, is done in the background; searching and"
        " editing go on meanwhile.",
    ),
    "jobs_none": ("还没有任务。", "There are no jobs yet."),
    "job_title": ("#{number} {kind}", "#{number} {kind}"),
    "job_kind_reindex": ("更新索引", "Update the index"),
    "job_kind_hittest": ("检验搜索", "Test the search"),
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
    "job_phase_words": ("正在为词语建立索引…", "Indexing words…"),
    "job_phase_build": ("正在写入索引…", "Writing the index…"),
    "job_phase_measure": ("正在用标注问题检验…", "Measuring on labelled queries…"),
    "job_phase_publish": ("正在发布…", "Publishing…"),
    "job_rate": ("每秒 {rate:,.0f}", "{rate:,.0f} a second"),
    "job_left": ("还需 {seconds:,.0f} 秒", "{seconds:,.0f} s left"),
    "job_result": (
        "索引 {build}：{total:,} 个问题，新算 {embedded:,}，沿用 {reused:,}",
        "build {build}: {total:,} {total:question|questions}, {embedded:,} embedded,"
        " {reused:,} reused",
    ),
    "job_tested": (
        "检验 #{run}：{queries:,} 个问题",
        "test #{run}: {queries:,} {queries:query|queries}",
    ),
    "testing": ("正在检验：{done:,} / {total:,}", "Testing: {done:,} of {total:,}"),
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
    # Duplicates
    "nav_duplicates": ("查重", "Duplicates"),
    "dup_help": (
        "找出问法相近的条目：先处理答案互相矛盾的，再合并重复的。每个决定都会记住，不再重复出现。",
        "Entries that ask the same: those with conflicting answers first. What you decide is"
        " remembered and does not come back.",
    ),
    "dup_scope": ("在这些知识库里查", "Search in"),
    "dup_against": ("只与这个知识库对比", "Only against"),
    "dup_auto": ("自动阈值", "Automatic threshold"),
    "dup_threshold": ("相似度阈值", "Threshold"),
    "dup_search": ("开始查重", "Find duplicates"),
    "dup_none_yet": ("还没有查重结果。", "No search was made yet."),
    "dup_found": (
        "{when} 的结果：{entries:,} 个条目，{clusters:,} 组重复，{opposites:,} 对相近但相反；阈值"
        " {threshold:.3f}，模型 {model}",
        "Found on {when}: {clusters:,} {clusters:cluster|clusters} among {entries:,}"
        " {entries:entry|entries}, {opposites:,}"
        " {opposites:pair that only looks|pairs that only look} alike; threshold {threshold:.3f},"
        " model {model}",
    ),
    "dup_view_clusters": ("重复", "Duplicates"),
    "dup_view_merges": ("合并记录", "Merges"),
    "dup_view_decisions": ("决定", "Decisions"),
    "dup_view_map": ("地图", "Map"),
    "dup_kind": ("类型", "Kind"),
    "dup_state": ("处理状态", "State"),
    "dup_size": ("至少几条", "Entries, at least"),
    "dup_score": ("相似度至少", "Score, at least"),
    "dup_kind_conflicting_answers": ("问题相同、答案矛盾", "Same question, conflicting answers"),
    "dup_kind_same_answer": ("问题相同、答案一致", "Same question, same answer"),
    "dup_kind_same_answer_other_question": (
        "答案相同、问法不同",
        "Same answer, different question",
    ),
    "dup_kind_opposite": ("相近但相反", "Alike, but opposite"),
    "dup_state_open": ("待处理", "Open"),
    "dup_state_later": ("稍后", "Later"),
    "dup_state_merged": ("已合并", "Merged"),
    "dup_state_different": ("不是重复", "Different"),
    "dup_count": ("共 {count:,} 组", "{count:,} {count:cluster|clusters}"),
    "dup_nothing": ("没有符合条件的组。", "Nothing matches here."),
    "dup_keep": ("保留哪一条（其余成为它的相似问）", "Keep (the others become similar questions)"),
    "dup_members": ("要合并的条目", "Entries to merge"),
    "dup_too_few": ("请至少选择两条来合并。", "Choose at least two entries to merge."),
    "dup_merge": ("合并", "Merge"),
    "dup_different": ("不是重复", "Different"),
    "dup_later": ("稍后", "Later"),
    "dup_undo": ("撤销", "Undo"),
    "dup_choose": ("选中", "Select"),
    "dup_bulk": ("批量处理选中的组", "All selected clusters"),
    "dup_gone": (
        "这一组的条目已经被合并或删除。",
        "The entries of this cluster were merged or deleted meanwhile.",
    ),
    "dup_merged": (
        "已合并：{count} 条并入「{question}」。",
        "Merged: {count} went into “{question}”.",
    ),
    "dup_undone": ("已撤销，原来的条目都回来了。", "Undone; every entry is back."),
    "dup_decided": ("已记住 {count} 对。", "{count} {count:pair is|pairs are} remembered."),
    "dup_skipped": (
        "{count} 组没有合并：{reason}",
        "{count} {count:cluster was|clusters were} not merged: {reason}",
    ),
    "dup_conflict": ("不同之处：{first} / {second}", "They differ in: {first} / {second}"),
    "dup_person": ("我是", "My name"),
    "dup_person_help": (
        "记在决定和修改历史里",
        "Kept with decisions and in the history",
    ),
    "dup_no_merges": ("还没有合并过。", "Nothing was merged yet."),
    "dup_no_decisions": ("还没有做过决定。", "Nothing was decided yet."),
    "dup_forget": ("收回", "Take back"),
    "dup_forgotten": (
        "已收回，下次查重时会再出现。",
        "Taken back; the next search shows it again.",
    ),
    "dup_was_undone": ("已撤销", "undone"),
    "dup_decision_duplicate": ("重复", "duplicate"),
    "dup_decision_different": ("不同", "different"),
    "dup_decision_later": ("稍后", "later"),
    "dup_map_help": (
        "每个点是一个条目，越近越相似；连线是查到的重复。指向一个点看问题，点击打开。",
        "Each point is an entry, near ones are alike; lines join found duplicates. Point to one"
        " for its question, click to open it.",
    ),
    "dup_map_others": (
        "其他 {count:,} 个分类",
        "{count:,} other {count:category|categories}",
    ),
    "dup_map_none": (
        "还没有向量，请先查重或建立索引。",
        "There are no vectors yet; find duplicates or build the index first.",
    ),
    "dup_open": ("打开：{question}", "Open: {question}"),
    "dup_alike": ("相近的问法：{own} ↔ {theirs}", "Questions that are alike: {own} ↔ {theirs}"),
    "dup_alike_same": ("两条都有这个问法：{text}", "Both have the question: {text}"),
    "dup_members_more": ("还有 {count:,} 条", "{count:,} more"),
    "dup_members_shown": (
        "第 {first:,}–{last:,} 条，共 {count:,} 条",
        "{first:,} to {last:,} of {count:,}",
    ),
    "dup_different_all": ("全部 {count:,} 条都不是重复", "All {count:,} are different"),
    "dup_later_all": ("全部 {count:,} 条稍后处理", "All {count:,} later"),
    "dup_reopened": ("已收回，这一组重新待处理。", "Taken back; the cluster is open again."),
    "job_kind_duplicates": ("查重", "Find duplicates"),
    "job_phase_read": ("正在读取向量…", "Reading vectors…"),
    "job_phase_compare": ("正在比较…", "Comparing…"),
    "job_phase_cluster": ("正在分组…", "Clustering…"),
    "job_duplicates": (
        "{clusters:,} 组重复，{opposites:,} 对相反",
        "{clusters:,} {clusters:cluster|clusters}, {opposites:,} {opposites:opposite|opposites}",
    ),
    # History
    "history_title": ("修改历史（{count}）", "History ({count})"),
    "history_none": ("导入之后没有改动过。", "Nothing was changed since it came in."),
    "history_restore": ("恢复到这一版", "Restore this"),
    "history_first": ("恢复到最初的样子", "Restore the first state"),
    "history_newest": ("只列出最近 {count:,} 次。", "The newest {count:,} only."),
    "history_restored": ("已恢复。", "Restored."),
    "action_create": ("新建", "Created"),
    "action_edit": ("修改", "Edited"),
    "action_import": ("导入更新", "Updated by import"),
    "action_archive": ("归档", "Archived"),
    "action_activate": ("恢复启用", "Made active"),
    "action_merge": ("合并了其他条目", "Took in others"),
    "action_merged": ("被合并", "Was merged"),
    "action_unmerge": ("撤销合并", "Merge undone"),
    "action_restore": ("恢复旧版", "Restored"),
    "action_delete": ("删除", "Deleted"),
    # Checking before saving
    "near_none": ("没有相近的条目。", "Nothing like it is there yet."),
    "near_title": ("已有相近的条目：", "Entries like this are there already:"),
    "near_similar": ("加为它的相似问", "Add as a similar question"),
    "near_replace": ("改这一条", "Change this one"),
    "near_added": (
        "已加为「{question}」的相似问。",
        "Added to “{question}” as a similar question.",
    ),
    "near_entry": ("最相近的已有条目", "Nearest entry"),
    "near_score": ("相似度", "Score"),
    "near_import": (
        "与已有条目对比（相似度 {threshold:.2f} 以上才算相近）",
        "Compared with what is there; alike from {threshold:.2f} on",
    ),
    "on_duplicate": ("与已有条目相近的新行", "New rows like an entry that is there"),
    "on_duplicate_add": ("照常新增", "Add them all the same"),
    "on_duplicate_skip": ("不导入，列入被拒绝的行", "Leave them out, as rejected rows"),
    "on_duplicate_similar": ("加为相似问（答案不矛盾时）", "Add as similar, unless answers differ"),
}


class _Formatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, several = format_spec.partition("|")
        if bar:
            return one if value == 1 else several
        return str(super().format_field(value, format_spec))


_FORMATTER: Final = _Formatter()


def phrase(language: str, key: str, **values: Any) -> str:
    """Return a phrase in a language of LANGUAGES, its `{names}` filled in."""
    text = PHRASES[key][0 if language == "zh" else 1]
    return _FORMATTER.format(text, **values) if values else text
