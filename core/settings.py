"""Every setting of the assistant: name, default, unit and bound in one frozen object.

Values come from the environment or a `.env` file, upper-cased (`EMBEDDING_MODEL`); a key of `.env` that is not listed
here is refused. README's table and `.env.example` are held equal to this class by a test.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import ConfigurationError

BUNDLED_MODEL = "bundled"
NO_ADAPTER = "none"
NO_JUDGE = "none"


class Settings(BaseSettings):
    """All settings; construct with `load_settings`, pass on, never fetch from a global."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True
    )

    data_dir: Path = Field(Path("data"), description="Thư mục dữ liệu: danh mục, chỉ mục, tài khoản, mô hình đã bung.")
    host: str = Field("127.0.0.1", description="Địa chỉ phục vụ; khác 127.0.0.1 thì phải đăng nhập.")
    port: int = Field(7860, ge=1, le=65535, description="Cổng phục vụ.")

    embedding_model: str = Field(
        BUNDLED_MODEL,
        description="`bundled` (multilingual-e5-small kèm theo), `none` (chỉ tìm theo từ), thư mục hoặc tên mô hình "
        "sentence-transformers, hoặc tên mô hình của EMBEDDING_BASE_URL.",
    )
    embedding_adapter: str = Field(
        NO_ADAPTER,
        description="Bộ tinh chỉnh của mô hình kèm theo: `none`, `bundled` (bộ kèm theo, học từ văn bản pháp quy) hoặc "
        "tệp do `app.py finetune` tạo ra; đổi thì cần `rebuild`.",
    )
    embedding_base_url: str = Field(
        "", description="Địa chỉ dịch vụ embedding kiểu OpenAI, ví dụ http://may-chu:8000/v1."
    )
    embedding_api_key: SecretStr = Field(SecretStr(""), description="Khóa của dịch vụ embedding, nếu cần.")
    embedding_query_prefix: str = Field(
        "", description="Tiền tố câu hỏi của mô hình embedding riêng (mô hình kèm theo đã có sẵn)."
    )
    embedding_passage_prefix: str = Field("", description="Tiền tố đoạn văn của mô hình embedding riêng.")
    embedding_batch_size: int = Field(32, ge=1, le=512, description="Số đoạn mỗi lô khi tính vector.")

    chroma_url: str = Field("", description="Địa chỉ máy chủ Chroma; trống thì Chroma chạy ngay trong ứng dụng.")
    chroma_collection: str = Field(
        "policy_chunks", min_length=3, max_length=63, description="Tên bộ sưu tập trong Chroma."
    )

    chat_base_url: str = Field(
        "", description="Địa chỉ mô hình trò chuyện kiểu OpenAI; trống thì chỉ trích nguyên văn."
    )
    chat_model: str = Field("", description="Tên mô hình trò chuyện.")
    chat_api_key: SecretStr = Field(SecretStr(""), description="Khóa của mô hình trò chuyện, nếu cần.")
    chat_first_token_s: float = Field(
        30, ge=0.5, le=600, description="Thời gian chờ chữ đầu tiên của mô hình trò chuyện, giây."
    )
    chat_timeout_s: float = Field(
        60, ge=0.5, le=600, description="Thời gian chờ trọn câu trả lời của mô hình trò chuyện, giây."
    )
    trace_days: int = Field(
        30,
        ge=0,
        le=3650,
        description="Số ngày giữ dấu vết các câu trả lời do mô hình trò chuyện viết (`app.py traces`); 0 là không giữ.",
    )

    top_k: int = Field(6, ge=1, le=50, description="Số đoạn dùng để trả lời.")
    candidates: int = Field(
        200, ge=10, le=1000, description="Số ứng viên lấy từ mỗi phía (nghĩa, từ) trước khi trộn điểm."
    )
    vector_weight: float = Field(0.5, ge=0, le=1, description="Trọng số của điểm theo nghĩa; phần còn lại theo từ.")
    reranker_model: str = Field(
        "",
        description="Mô hình cross-encoder xếp hạng lại, thư mục hoặc tên sentence-transformers; trống thì không dùng.",
    )
    quote_judge: str = Field(
        BUNDLED_MODEL,
        description="Mô hình xét đoạn trích có trả lời câu hỏi không: `bundled` (kèm theo), `none` hoặc tệp do "
        "`python -m finetuning.judge` tạo ra.",
    )
    min_confidence: float = Field(0.3, ge=0, le=1, description="Dưới độ tin cậy này thì trả lời là kho không có.")

    chunk_tokens: int = Field(320, ge=64, le=480, description="Số token tối đa của một đoạn, kể cả tiêu đề.")
    max_file_mb: int = Field(200, ge=1, le=4096, description="Cỡ tệp lớn nhất được nhận, MB.")
    max_pages: int = Field(3000, ge=1, le=100_000, description="Số trang lớn nhất của một tệp.")
    parse_timeout_s: float = Field(
        300, ge=5, le=3600, description="Thời gian đọc tối đa cho một tệp, giây, không kể nhận dạng chữ."
    )
    parse_memory_mb: int = Field(2048, ge=256, le=65_536, description="Bộ nhớ tối đa của tiến trình đọc một tệp, MB.")
    ingest_workers: int = Field(
        0, ge=0, le=64, description="Số tệp đọc cùng lúc; 0 là số lõi của máy trừ một, ít nhất là một."
    )
    ocr_page_timeout_s: float = Field(
        180, ge=1, le=600, description="Thời gian nhận dạng chữ (OCR) tối đa cho một trang, giây."
    )
    ocr_workers: int = Field(
        0, ge=0, le=64, description="Số trang nhận dạng chữ cùng lúc; 0 là mỗi lõi của máy một trang."
    )

    max_question_chars: int = Field(4000, ge=100, le=100_000, description="Độ dài câu hỏi tối đa, ký tự.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Mức ghi nhật ký.")

    @model_validator(mode="after")
    def _chat_model_is_named(self) -> Self:
        if self.chat_base_url and not self.chat_model:
            raise ValueError("CHAT_BASE_URL đã đặt nhưng thiếu CHAT_MODEL")
        return self


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment and `.env`, with `overrides` (those not `None`) on top.

    Raises:
        ConfigurationError: a key is unknown or a value out of bounds; the message names each.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']).upper() or 'cấu hình'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ConfigurationError(f"Cấu hình không hợp lệ ({faults}). Hãy sửa tệp .env hoặc biến môi trường.") from error
