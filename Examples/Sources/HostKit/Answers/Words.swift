// The sentences of problems, in every language of the host.

import BuskerCore

/// Titles and sentences by code; `{name}` stands for a figure of the problem.
enum Words {
    struct Sentence {
        let title: String
        let detail: String
    }

    /// The words for a code; nothing where there are none.
    static func problem(_ code: String, _ language: Language, _ figures: [(name: String, value: JSON)]) -> Sentence? {
        guard let found = table[code] else { return nil }
        let (title, detail) = language == .korean ? (found.2, found.3) : (found.0, found.1)
        var text = detail
        for (name, value) in figures where text.contains("{\(name)}") {
            text = text.replacing("{\(name)}", with: plain(value))
        }
        return Sentence(title: title, detail: text)
    }

    /// The sentence for what ended a job; the code where there is none.
    static func job(_ code: String, _ language: Language) -> String? {
        let own = ["too_slow": "too_slow_work", "insufficient_credits": "too_little_for_work", "failed": "work_failed"]
        return problem(own[code] ?? code, language, [])?.detail
    }

    private static func plain(_ value: JSON) -> String {
        let text = value.description
        return text.hasPrefix("\"") ? String(text.dropFirst().dropLast()) : text
    }

    private static let table: [String: (String, String, String, String)] = [
        "not_found": (
            "Not found", "There is nothing here, or it is not yours.", "없음", "여기에는 아무것도 없거나 회원님의 것이 아닙니다."
        ),
        "method_not_allowed": (
            "Method not allowed", "This address does not know the method.", "허용되지 않는 메서드", "이 주소에서는 쓸 수 없는 메서드입니다."
        ),
        "unauthorised": (
            "Log in first", "Send an access token or an API key as Authorization: Bearer.", "로그인 필요",
            "Authorization: Bearer 헤더로 액세스 토큰이나 API 키를 보내 주세요."
        ),
        "bad_token": ("Token refused", "The token is not valid; log in again.", "토큰 거부", "토큰이 올바르지 않습니다. 다시 로그인해 주세요."),
        "token_expired": (
            "Token over", "The token is over; refresh it or log in again.", "토큰 만료", "토큰의 기한이 지났습니다. 갱신하거나 다시 로그인해 주세요."
        ),
        "token_reused": (
            "Session ended", "The token was used before, so the session was ended for safety; log in again.", "세션 종료",
            "이미 사용된 토큰이라 안전을 위해 세션을 끝냈습니다. 다시 로그인해 주세요."
        ),
        "token_just_used": (
            "Token just used", "The token was used a moment ago; use the newer one.", "방금 사용된 토큰",
            "방금 사용된 토큰입니다. 새 토큰을 사용해 주세요."
        ),
        "bad_credentials": (
            "Login refused", "The address or the password is wrong.", "로그인 실패", "이메일 주소나 비밀번호가 맞지 않습니다."
        ),
        "account_disabled": (
            "Account disabled", "The account is disabled; ask an administrator.", "계정 정지", "정지된 계정입니다. 관리자에게 문의해 주세요."
        ),
        "forbidden": ("Not allowed", "You may not do this.", "권한 없음", "이 작업을 할 권한이 없습니다."),
        "email_taken": (
            "Address taken", "An account with this address exists; log in or reset its password.", "이미 가입된 주소",
            "이 주소의 계정이 이미 있습니다. 로그인하거나 비밀번호를 재설정해 주세요."
        ),
        "bad_email": (
            "Not an e-mail address", "This is no e-mail address.", "잘못된 이메일", "올바른 이메일 주소가 아닙니다."
        ),
        "bad_password": (
            "Password refused", "A password has 8 characters or more.", "사용할 수 없는 비밀번호", "비밀번호는 8자 이상이어야 합니다."
        ),
        "bad_link": (
            "Link over", "The link was used, or its time is over; ask for another.", "만료된 링크",
            "이미 사용했거나 기한이 지난 링크입니다. 새로 요청해 주세요."
        ),
        "too_many_attempts": (
            "Too many attempts", "Too many attempts; wait a little and try again.", "시도 횟수 초과",
            "시도가 너무 많습니다. 잠시 후 다시 시도해 주세요."
        ),
        "rate_limited": (
            "Too many requests", "Too many requests; wait a little and try again.", "요청 횟수 초과",
            "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요."
        ),
        "too_many_uploads": (
            "Too many uploads", "Too much is being uploaded; wait until something is done.", "업로드 한도 초과",
            "동시에 올리는 파일이 너무 많습니다. 끝난 뒤에 다시 시도해 주세요."
        ),
        "bad_body": (
            "Body refused", "The body cannot be read; see the description of the route.", "읽을 수 없는 본문",
            "요청 본문을 읽을 수 없습니다. 경로 설명을 확인해 주세요."
        ),
        "bad_value": (
            "Value refused", "A value of the request is wrong; see the reason.", "잘못된 값",
            "요청에 잘못된 값이 있습니다. 이유를 확인해 주세요."
        ),
        "bad_form": (
            "Form refused", "The form cannot be read; send multipart/form-data.", "읽을 수 없는 양식",
            "양식을 읽을 수 없습니다. multipart/form-data로 보내 주세요."
        ),
        "no_file": (
            "No file", "The form has no field \"file\" with a file.", "파일 없음", "양식에 파일이 담긴 \"file\" 항목이 없습니다."
        ),
        "too_large": (
            "Too large", "What was sent is larger than allowed.", "용량 초과", "보낸 내용이 허용된 크기보다 큽니다."
        ),
        "bad_type": (
            "Not a sound file", "This kind of file cannot be worked on; send WAV, FLAC, MP3, OGG, AIFF or M4A.",
            "지원하지 않는 파일", "처리할 수 없는 파일 형식입니다. WAV, FLAC, MP3, OGG, AIFF 파일을 올려 주세요."
        ),
        "upload_cut": (
            "Upload cut", "The upload ended early; send it again.", "업로드 중단", "업로드가 중간에 끊겼습니다. 다시 올려 주세요."
        ),
        "bad_upload": (
            "Upload refused", "The upload is not as it was announced; send it again.", "업로드 거부",
            "업로드가 알려 온 내용과 다릅니다. 다시 올려 주세요."
        ),
        "too_slow": (
            "Too slow", "The request took too long to arrive.", "시간 초과", "요청이 너무 느리게 도착했습니다."
        ),
        "sound_unreadable": (
            "Sound unreadable",
            "The file could not be read as sound: it is damaged or of another kind. Nothing was kept and nothing was charged.",
            "읽을 수 없는 소리",
            "파일을 소리로 읽을 수 없습니다. 손상되었거나 다른 형식입니다. 아무것도 저장하거나 차감하지 않았습니다."
        ),
        "work_failed": (
            "Work failed", "The work failed; nothing was charged.", "작업 실패", "작업에 실패했습니다. 비용은 발생하지 않았습니다."
        ),
        "out_of_memory": (
            "Work failed", "The work needed more memory than it may; nothing was charged.", "메모리 부족",
            "작업에 필요한 메모리가 부족했습니다. 비용은 발생하지 않았습니다."
        ),
        "crashed": (
            "Work failed", "The program that does the work failed; nothing was charged.", "작업 실패",
            "작업을 맡은 프로그램에 문제가 생겼습니다. 비용은 발생하지 않았습니다."
        ),
        "time_limit": (
            "Took too long", "The work took too long and was ended; nothing was charged.", "시간 초과",
            "작업이 너무 오래 걸려 중단했습니다. 비용은 발생하지 않았습니다."
        ),
        "insufficient_credits": (
            "Not enough credits", "This needs {needed} credits, and {available} are available.", "크레딧 부족",
            "필요한 크레딧은 {needed}이고, 사용할 수 있는 크레딧은 {available}입니다."
        ),
        "key_reused": (
            "Key used before", "The Idempotency-Key was used for another request; take a new one.", "이미 사용된 키",
            "이 Idempotency-Key는 다른 요청에 사용되었습니다. 새 키를 사용해 주세요."
        ),
        "conflict": (
            "Not now", "This cannot be done in the present state; see the reason.", "지금은 할 수 없음",
            "지금 상태에서는 할 수 없습니다. 이유를 확인해 주세요."
        ),
        "wrong_state": (
            "Wrong state", "The job is in a state in which this cannot be done.", "할 수 없는 상태", "지금 작업 상태에서는 할 수 없습니다."
        ),
        "not_ready": ("Not ready", "The job has not been completed.", "준비되지 않음", "작업이 아직 완료되지 않았습니다."),
        "bad_file": (
            "File refused", "The file cannot be worked on; see the reason.", "처리할 수 없는 파일",
            "이 파일은 처리할 수 없습니다. 이유를 확인해 주세요."
        ),
        "no_sound": (
            "No sound", "There is no sound in the file; nothing was charged.", "소리 없음", "파일에 소리가 없습니다. 크레딧은 차감되지 않았습니다."
        ),
        "too_slow_work": (
            "Took too long", "The work took too long and was ended; nothing was charged.", "시간 초과",
            "작업이 너무 오래 걸려 중단했습니다. 비용은 발생하지 않았습니다."
        ),
        "too_little_for_work": (
            "Not enough credits", "The work cost more than the credits of the account; buy credits and begin it again.",
            "크레딧 부족", "작업 비용이 보유한 크레딧보다 많습니다. 크레딧을 구매한 뒤 다시 시작해 주세요."
        ),
        "store_failed": (
            "Work failed", "The stored file could not be read or a result could not be kept; nothing was charged.",
            "저장 오류", "저장된 파일을 읽거나 결과를 저장하지 못했습니다. 비용은 발생하지 않았습니다."
        ),
        "price_changed": (
            "Price changed", "The price changed; look at it and ask again.", "가격 변경", "가격이 바뀌었습니다. 확인한 뒤 다시 시도해 주세요."
        ),
        "expired": (
            "Deleted", "The files were deleted when their time was over.", "삭제됨", "보관 기간이 지나 파일이 삭제되었습니다."
        ),
        "bad_event": ("Event refused", "The event is not one of ours.", "이벤트 거부", "확인할 수 없는 이벤트입니다."),
        "account_frozen": (
            "Account frozen", "A payment is disputed; no new work is taken on until that ends.", "계정 보류",
            "결제 분쟁이 진행 중이라 새 작업을 받을 수 없습니다."
        ),
        "last_admin": ("Last administrator", "The last administrator must stay.", "마지막 관리자", "마지막 관리자는 바꿀 수 없습니다."),
        "brake": (
            "Brake", "The plan would delete more than one run may; look at it first.", "삭제 제한",
            "한 번에 지울 수 있는 양을 넘는 계획입니다. 먼저 확인해 주세요."
        ),
        "payment_required": (
            "Pay first", "The download is paid for first; making and listening are free.", "결제 필요",
            "다운로드하려면 먼저 결제해 주세요. 만들기와 미리 듣기는 무료입니다."
        ),
        "payment_revoked": (
            "Payment given back", "The payment was given back or is disputed, so the file is not handed out.", "결제 취소됨",
            "결제가 환불되었거나 분쟁 중이라 파일을 내려받을 수 없습니다."
        ),
        "link_over": ("Link over", "The link is over; ask for another.", "만료된 링크", "링크의 기한이 지났습니다. 새로 요청해 주세요."),
        "card_declined": ("Card declined", "The payment was declined.", "결제 거절", "결제가 거절되었습니다."),
        "payments_off": ("No payments", "This host sells nothing.", "결제 사용 안 함", "이 서버에서는 결제를 받지 않습니다."),
        "payments_unavailable": (
            "Payments unavailable", "The payment provider does not answer; try again later.", "결제 지연",
            "결제 서비스가 응답하지 않습니다. 잠시 후 다시 시도해 주세요."
        ),
        "bad_range": ("Bad range", "The file has no such bytes.", "잘못된 범위", "파일에 그런 범위가 없습니다."),
        "bad_ticket": (
            "Ticket refused", "The ticket is over or not for this; ask for another.", "티켓 거부",
            "티켓이 만료되었거나 여기에 쓸 수 없습니다. 새로 요청해 주세요."
        ),
        "unavailable": (
            "Unavailable", "The service is not available; try again in a moment.", "사용할 수 없음",
            "지금은 서비스를 사용할 수 없습니다. 잠시 후 다시 시도해 주세요."
        ),
        "internal": (
            "Our fault", "Something went wrong here; the request id helps to find it.", "서버 오류",
            "서버에 문제가 생겼습니다. 요청 번호로 원인을 찾을 수 있습니다."
        ),
    ]
}
