"""A small library of an invented province, written for these tests."""

REGULATION = """ỦY BAN NHÂN DÂN
TỈNH AN KHÊ
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Số: 15/2026/QĐ-UBND
An Khê, ngày 02 tháng 3 năm 2026
QUYẾT ĐỊNH
Ban hành Quy định về đào tạo kỹ năng số cho cán bộ, công chức tỉnh An Khê
Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;
Căn cứ Nghị định số 13/2023/NĐ-CP ngày 17 tháng 4 năm 2023 của Chính phủ quy định về bảo vệ dữ liệu cá nhân;
Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ quy định về công tác văn thư;
Căn cứ Nghị định số 101/2017/NĐ-CP ngày 01 tháng 9 năm 2017 của Chính phủ về đào tạo, bồi dưỡng cán bộ, công chức;
Căn cứ Nghị định số 45/2020/NĐ-CP ngày 08 tháng 4 năm 2020 của Chính phủ về thực hiện thủ tục trên môi trường điện tử;
Theo đề nghị của Giám đốc Sở Nội vụ;
Ủy ban nhân dân ban hành Quyết định quy định về đào tạo kỹ năng số.
Chương I
QUY ĐỊNH CHUNG
Điều 1. Phạm vi điều chỉnh
Quyết định này quy định về nội dung, thời lượng và kinh phí đào tạo kỹ năng số cho cán bộ, công chức của tỉnh.
Điều 2. Giải thích từ ngữ
Trong Quyết định này, các từ ngữ dưới đây được hiểu như sau:
1. Kỹ năng số là khả năng sử dụng thiết bị và phần mềm để hoàn thành công việc được giao.
2. Giảng viên kiêm nhiệm là cán bộ đang công tác, được cơ quan cử giảng dạy ngoài công việc chính.
3. Học liệu mở là tài liệu giảng dạy được công bố để mọi người sử dụng mà không phải trả tiền.
4. Nền tảng học tập là hệ thống phần mềm dùng để tổ chức lớp, giao bài và ghi nhận kết quả học tập.
5. Chứng nhận hoàn thành là văn bản xác nhận học viên đã đạt yêu cầu của khóa học.
Chương II
TỔ CHỨC ĐÀO TẠO
Điều 3. Thời lượng và sĩ số
1. Khóa đào tạo cơ bản có thời lượng 24 tiết, được tổ chức trong thời hạn 05 ngày làm việc.
2. Mỗi lớp đào tạo cơ bản có không quá 40 học viên để bảo đảm mỗi người được thực hành trên máy.
3. Học viên vắng mặt trên 20% số tiết của khóa học không được cấp chứng nhận hoàn thành.
Điều 4. Nội dung đào tạo cơ bản
Nội dung đào tạo cơ bản bao gồm:
a) Sử dụng hệ thống quản lý văn bản và điều hành;
b) Bảo đảm an toàn thông tin khi làm việc trên mạng;
c) Khai thác cơ sở dữ liệu dùng chung của tỉnh;
d) Soạn thảo và ký số văn bản điện tử.
Điều 5. Nội dung đào tạo nâng cao
Nội dung đào tạo nâng cao bao gồm:
a) Phân tích số liệu phục vụ báo cáo chuyên đề;
b) Quản trị dự án chuyển đổi số của ngành;
c) Thiết kế quy trình giải quyết thủ tục trực tuyến;
d) Đánh giá rủi ro khi thuê dịch vụ công nghệ.
Điều 6. Mức hỗ trợ
1. Học viên ở xa được hỗ trợ tiền ăn 150.000 đồng/người/ngày trong thời gian học tập trung.
2. Giảng viên kiêm nhiệm được hưởng thù lao 500.000 đồng/buổi theo dự toán được duyệt.
3. Kinh phí in học liệu cho mỗi lớp là 2.500.000 đồng lấy từ ngân sách của tỉnh.
Chương III
TỔ CHỨC THỰC HIỆN
Điều 7. Sở Nội vụ
1. Chủ trì, phối hợp với các cơ quan liên quan xây dựng kế hoạch đào tạo kỹ năng số hằng năm của tỉnh.
2. Tổng hợp kết quả đào tạo, báo cáo Ủy ban nhân dân tỉnh trước ngày 15 tháng 12 hằng năm.
Điều 8. Sở Tài chính
1. Thẩm định dự toán kinh phí đào tạo kỹ năng số và trình cấp có thẩm quyền phê duyệt theo quy định.
Điều 9. Sở Khoa học và Công nghệ
1. Quản lý, vận hành nền tảng học tập của tỉnh và cung cấp tài khoản cho học viên của các khóa học.
Điều 10. Hiệu lực thi hành
1. Quyết định này có hiệu lực thi hành kể từ ngày 15 tháng 3 năm 2026.
2. Trường Chính trị tỉnh tổ chức lớp đào tạo cơ bản đầu tiên trước ngày 30 tháng 4 năm 2026.
Nơi nhận:
- Như Điều 10;
- Lưu: VT.
TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH
Lê Văn Mẫu
"""

PLAN = """ỦY BAN NHÂN DÂN
TỈNH AN KHÊ
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Số: 88/KH-UBND
An Khê, ngày 20 tháng 3 năm 2026
KẾ HOẠCH
Triển khai trợ lý ảo phục vụ tra cứu văn bản của tỉnh An Khê năm 2026
I. MỤC TIÊU
1. Đến ngày 30 tháng 6 năm 2026, trợ lý ảo được đưa vào sử dụng tại 12 sở, ban, ngành của tỉnh.
2. Đến hết quý IV năm 2026, tối thiểu 85% xã, phường sử dụng trợ lý ảo để tra cứu văn bản.
3. Bảo đảm tối thiểu 300 cán bộ được hướng dẫn sử dụng trợ lý ảo trong năm 2026.
II. NHIỆM VỤ
1. Số hóa 4.000 hồ sơ lưu trữ của Văn phòng Ủy ban nhân dân tỉnh để đưa vào kho tra cứu.
2. Tổ chức 10 lớp hướng dẫn sử dụng trợ lý ảo cho cán bộ cấp xã tại các cụm.
III. TỔ CHỨC THỰC HIỆN
1. Sở Khoa học và Công nghệ chủ trì lựa chọn giải pháp kỹ thuật và nghiệm thu trợ lý ảo của tỉnh.
2. Công an tỉnh thẩm định cấp độ an toàn hệ thống thông tin của trợ lý ảo trước khi vận hành.
3. Văn phòng Ủy ban nhân dân tỉnh theo dõi, đôn đốc và công bố kết quả hằng tháng trên cổng thông tin.
Phụ lục
DỰ TOÁN KINH PHÍ
(Kèm theo Kế hoạch số 88/KH-UBND ngày 20 tháng 3 năm 2026 của Ủy ban nhân dân tỉnh An Khê)
Đơn vị: triệu đồng
TT | Nội dung chi | Năm 2026 | Năm 2027
1 | Thuê hạ tầng máy chủ | 420 | 460
2 | Số hóa hồ sơ lưu trữ | 350 | 280
3 | Hướng dẫn sử dụng | 180 | 150
4 | Kiểm tra an toàn thông tin | 240 | 210
"""

EXPIRED = """ỦY BAN NHÂN DÂN
TỈNH AN KHÊ
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Số: 21/2024/QĐ-UBND
An Khê, ngày 10 tháng 01 năm 2024
QUYẾT ĐỊNH
Quy định tạm thời về trợ lý ảo tra cứu văn bản của tỉnh An Khê
Điều 1. Sử dụng trợ lý ảo
1. Trợ lý ảo tra cứu văn bản được thử nghiệm tại 03 sở của tỉnh trong thời hạn 12 tháng.
2. Mỗi sở cử tối thiểu 06 cán bộ tham gia thử nghiệm trợ lý ảo tra cứu văn bản.
Điều 2. Hiệu lực
Quyết định này có hiệu lực từ ngày 15 tháng 01 năm 2024 và hết hiệu lực từ ngày 15 tháng 01 năm 2025.
"""

AMENDMENT = """ỦY BAN NHÂN DÂN
TỈNH AN KHÊ
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Số: 40/2026/QĐ-UBND
An Khê, ngày 05 tháng 8 năm 2026
QUYẾT ĐỊNH
Sửa đổi, bổ sung một số điều của Quyết định số 15/2026/QĐ-UBND
Điều 1. Sửa đổi, bổ sung một số điều của Quyết định số 15/2026/QĐ-UBND ngày 02 tháng 3 năm 2026
1. Sửa đổi, bổ sung khoản 2 Điều 3 như sau:
“2. Mỗi lớp đào tạo cơ bản có không quá 35 học viên để bảo đảm mỗi người được thực hành trên máy.”
2. Thời hạn rà soát danh sách học viên của các cơ quan là 20 ngày kể từ ngày nhận được danh sách.
Điều 2. Hiệu lực thi hành
Quyết định này có hiệu lực thi hành kể từ ngày 15 tháng 8 năm 2026.
"""
