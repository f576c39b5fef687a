## Описание API

openapi-user-created = Пользователь и его кошелек созданы.
openapi-register = Регистрация нового пользователя и создание для него кошелька.
openapi-wallet-found = Детали кошелька.
openapi-wallet-get = Получение информации о кошельке по его UUID.
openapi-operation-done = Результат операции.
openapi-operation = Выполнение операции пополнения (DEPOSIT) или снятия (WITHDRAW) средств с кошелька.
openapi-schema-document = Этот документ.
openapi-schema = Описание этого API.
openapi-live-yes = Процесс обслуживает запросы.
openapi-live = Обслуживает ли процесс запросы.
openapi-ready-yes = Сервис готов.
openapi-ready-no = Сервис не готов, с указанием причины.
openapi-ready = Готов ли сервис принимать запросы: база данных принимает записи, и сервис не останавливается.
openapi-history-page = Страница операций.
openapi-history = История операций кошелька, от новых к старым. `next` - адрес следующей страницы, `null` - страниц больше нет.
openapi-history-next = Адрес страницы с более старыми операциями; `null`, если их нет.
openapi-operation-found = Операция.
openapi-operation-id = Номер операции кошелька.
openapi-operation-get = Операция кошелька по ее номеру.
openapi-history-limit = Наибольшее число операций на странице.
openapi-history-cursor = Начало страницы, из `next`; действует для того же кошелька и тех же фильтров.
openapi-history-kind = Только операции этого типа.
openapi-history-from = Только операции начиная с этого времени.
openapi-history-to = Только операции раньше этого времени. Текущее или более позднее время ничего не ограничивает: операции, которым неверные часы дали время в будущем, тоже есть в ответе.
openapi-past-operation-id = Номер операции в ее кошельке, с 1 и без пропусков.
openapi-past-operation-kind = Тип операции.
openapi-past-operation-amount = Сумма операции.
openapi-past-operation-balance = Баланс кошелька после операции.
openapi-past-operation-time = Время операции, UTC.
openapi-wallet = UUID кошелька.
openapi-operation-key = Ключ идемпотентности: повторный запрос с тем же ключом не выполняет операцию второй раз.
openapi-registration-key = Ключ идемпотентности: повторный запрос с тем же ключом возвращает того же пользователя и тот же кошелек.
openapi-request-id = Идентификатор запроса для журнала.
openapi-location = Адрес созданного кошелька.
openapi-retry-after = Через сколько секунд повторить запрос.
openapi-replayed = Ответ повторяет ответ на предыдущий запрос с тем же ключом.
openapi-answered-request-id = Идентификатор запроса в журнале.
openapi-tag-wallets = Пользователи, кошельки и операции.
openapi-tag-service = Для эксплуатации и инструментов.
openapi-api = Регистрация пользователей с автоматическим созданием кошелька, получение текущего баланса, пополнение (DEPOSIT) и снятие средств (WITHDRAW).
openapi-status-400 = Ошибки валидации входных данных, либо операция невозможна.
openapi-status-404 = Кошелек (или его операция) не найден.
openapi-status-408 = Тело запроса не получено вовремя.
openapi-status-413 = Тело запроса слишком велико.
openapi-status-415 = Тип или кодировка тела запроса не поддерживается.
openapi-status-422 = Ключ идемпотентности уже использован для другого запроса.
openapi-status-429 = Слишком много запросов, повторите запрос позже.
openapi-status-503 = Сервис перегружен, останавливается или недоступен; запрос не выполнен, повторите его позже.
openapi-status-500 = Непредвиденная ошибка на сервере. Запрос мог быть выполнен: повторите его с тем же ключом.
openapi-username = Имя пользователя. Должно быть уникальным.
openapi-password = Пароль пользователя. Только для записи.
openapi-email = Email адрес пользователя. Должен быть уникальным.
openapi-username-registered = Имя пользователя.
openapi-wallet-balance = Баланс созданного кошелька (всегда "0.00" при регистрации).
openapi-user = ID пользователя - владельца кошелька.
openapi-balance = Текущий баланс кошелька.
openapi-operation-type = Тип операции: DEPOSIT (пополнение) или WITHDRAW (снятие).
openapi-amount-text = Сумма операции. Положительное десятичное число с точностью до двух знаков после запятой.
openapi-amount = Сумма операции. Положительное десятичное число с точностью до двух знаков после запятой.
openapi-receipt-balance = Текущий баланс кошелька после выполнения операции.
openapi-field-errors = Словарь ошибок валидации: ключи - названия полей, значения - списки сообщений об ошибках.
openapi-error-message = Сообщение об ошибке.
openapi-past-operation = Одна операция.
openapi-transfer =
    Переводит деньги с кошелька из адреса на другой, сразу: меняются оба или ни один, и ответ приходит, когда оба записаны надежно.

    С ключом `Idempotency-Key` перевод выполняется один раз, сколько бы раз его ни отправили.
openapi-transfer-done = Оба кошелька изменены. `Location` - строка отправителя в его истории.
openapi-reference = Назначение: до 140 символов без управляющих символов, хранится как передано.
openapi-status-409 = Кошелек отказывает; ничего не изменено. Причина - в `code`.
openapi-transfer-id = Общий номер обеих строк перевода.
openapi-batch =
    До 1000 пополнений, списаний и переводов любых кошельков, не более 1 МиБ. Операции одного кошелька выполняются в порядке списка.

    С `atomic` выполняются все в одной транзакции или ни одна, не более 100 кошельков; без него каждая сама по себе. `key` - ключ идемпотентности кошелька операции; заголовок не принимается.
openapi-batch-done = Итог каждой операции, по порядку.
openapi-batch-kind = Что сделать.
openapi-batch-key = Ключ идемпотентности операции, ее кошелька.
openapi-transfer-body = Перевод.
openapi-transfer-receipt = Записанный перевод.
openapi-receiver = Кошелек, которому платят.
openapi-other-wallet = У перевода: другой кошелек.
openapi-row = Номер операции в кошельке, который назван в запросе.
openapi-operation-location = Адрес операции.
openapi-amount-exact = Положительное десятичное число с точностью до двух знаков после запятой: строка или, без знаков, целое число. Дробное число не принимается.
openapi-batch-body = Операции, каждая сама по себе или все вместе.
openapi-batch-operation = Одна операция пакета.
openapi-batch-atomic = Выполнить все или ни одной; без поля - `false`.
openapi-batch-wallet = Кошелек операции; у перевода тот, который платит.
openapi-batch-receiver = У перевода, и только у него: кошелек, которому платят.
openapi-batch-result = Итог одной операции.
openapi-batch-receipt = Записанная операция.
openapi-batch-created = Выполнена.
openapi-batch-replayed = Была ли она уже выполнена с этим ключом.
openapi-batch-refusal = Операция, которая не выполнена; со статусом 500 - итог которой неизвестен.
openapi-problem = Проблема по RFC 9457.
openapi-problem-title = Статус словами.
openapi-problem-status = Статус.
openapi-problem-code = Код для программ, никогда не меняется.
openapi-problem-index = У пакета, который выполняется целиком: первая отклоненная операция, с 0.
openapi-problem-cause = У пакета, который выполняется целиком: код ее отказа.
openapi-hold = Холд: `amount` - сумма `captured`, `released` и `remaining`.
openapi-hold-id = Номер холда: номер операции, которая его поставила.
openapi-hold-status = Состояние холда: открыт; списан, если он закрыт и что-то списано; снят; или истёк.
openapi-hold-amount = Сколько было зарезервировано.
openapi-hold-captured = Сколько из этого списано.
openapi-hold-released = Сколько из этого возвращено.
openapi-hold-remaining = Сколько ещё зарезервировано.
openapi-hold-expires-at = Когда остаток вернётся сам.
openapi-hold-expires-in = Через сколько секунд остаток вернётся сам; если не указано ни то, ни другое, через семь дней.
openapi-hold-until = Когда остаток вернётся сам, вместо `expires_in`: в будущем, не далее 366 дней.
openapi-hold-body = Холд, который нужно поставить.
openapi-hold-place =
    Резервирует часть баланса кошелька. Она остаётся в балансе, но её нельзя снять, перевести или зарезервировать ещё раз. Её списывают или возвращают, либо срок холда истекает.

    С ключом `Idempotency-Key` холд ставится один раз, сколько бы раз запрос ни отправили.
openapi-hold-placed = Холд поставлен. `Location` - его адрес.
openapi-hold-location = Адрес холда.
openapi-hold-get = Холд кошелька, открытый или закрытый.
openapi-hold-found = Холд.
openapi-holds = Холды кошелька, от новых к старым. `next` - адрес следующей страницы, `null` - страниц больше нет.
openapi-holds-page = Страница холдов.
openapi-holds-next = Адрес страницы с более старыми холдами; `null`, если их нет.
openapi-holds-limit = Наибольшее число холдов на странице; без параметра 50.
openapi-holds-status = Только холды в этом состоянии.
openapi-capture =
    Списывает зарезервированные деньги: весь остаток или часть. Они уходят с кошелька или на другой кошелек. Средств для этого всегда хватает.

    С ключом `Idempotency-Key` списание выполняется один раз, сколько бы раз его ни отправили.
openapi-capture-body = Списание.
openapi-capture-final = Вернуть ли остаток; без поля - `false`.
openapi-capture-receiver = Кошелек, которому платят; без поля деньги уходят, как при снятии.
openapi-captured = Списание записано.
openapi-part = Сколько: строка или, без знаков после запятой, целое число. Без поля - всё, что осталось.
openapi-void = Возвращает остаток холда.
openapi-void-body = Поля не нужны.
openapi-voided = Холд закрыт.
openapi-hold-receipt = Записанная операция с холдом и холд сразу после неё.
openapi-problem-limit = У `limit_exceeded`: правило или `open_holds`.
openapi-problem-remaining = У `limit_exceeded`: сколько ещё можно.
openapi-problem-hold = У `hold_closed` и `hold_expired`: холд, какой он сейчас.
openapi-reversal =
    Отменяет прежнюю операцию: пополнение, снятие, перевод (деньги возвращаются в обоих кошельках) или списание по холду. Всё, что ещё не отменено, или часть.

    С ключом `Idempotency-Key` отмена выполняется один раз, сколько бы раз её ни отправили.
openapi-reversal-body = Отмена.
openapi-reversal-receipt = Записанная отмена.
openapi-reversed = Операция отменена. `Location` - адрес отмены.
openapi-balance-get = Сколько денег в кошельке, сколько из них зарезервировано и сколько доступно; с `at` или `operation` - как было тогда.
openapi-balance-parts = Баланс и его части.
openapi-balance-at = После последней операции в это время или раньше; не в будущем.
openapi-balance-operation = Сразу после операции с этим номером.
openapi-balance-whole = Баланс.
openapi-balance-held = Сколько из него зарезервировано.
openapi-balance-available = Остальное: можно снять, перевести или зарезервировать.
openapi-balance-version = Номер последней операции; 0, если их не было.
openapi-balance-as-of = Время этого баланса, UTC.
openapi-rules = Правила кошелька.
openapi-rules-get = Правила кошелька и сколько израсходовано из дневного лимита.
openapi-rules-found = Правила и сколько израсходовано из дневного лимита.
openapi-rules-change =
    Меняет правила кошелька: названные становятся такими, как указано, `null` снимает лимит. Изменение - операция кошелька с суммой 0.00.

    С ключом `Idempotency-Key` изменение выполняется один раз, сколько бы раз его ни отправили.
openapi-rules-changed = Номер изменения в истории кошелька и правила после него.
openapi-rules-body = Изменение правил. Чего в нём нет, то остаётся.
openapi-rules-debits = Можно ли деньгам уходить или резервироваться: open или frozen. Зарезервированное можно вернуть и тогда.
openapi-rules-credits = Можно ли деньгам приходить: open или frozen.
openapi-rules-closed = Закрыт ли кошелек. Для этого он должен быть пуст.
openapi-rules-balance-min = Сколько должно оставаться доступным.
openapi-rules-balance-max = Наибольший баланс; `null` - без ограничения.
openapi-rules-operation-max = Наибольшая операция; `null` - без ограничения.
openapi-rules-daily-out-max = Сколько может уйти за день (UTC), вместе с зарезервированным; `null` - без ограничения.
openapi-rules-reason = Почему, для истории кошелька.
openapi-rules-used = Сколько ушло сегодня; `null` без дневного лимита.
openapi-rules-remaining = Сколько ещё может уйти или быть зарезервировано сегодня; `null` без дневного лимита.
openapi-past-operation-hold = У операции с холдом: номер холда.
openapi-past-operation-held = Сколько зарезервировано после неё; поля нет, если ничего.
openapi-past-operation-expires-at = У холда: когда истекает. У возврата: когда истёк холд, если причина в этом.
openapi-past-operation-reverses = У отмены: номер операции, которую она отменяет.
openapi-past-operation-reversed-by = Номера её отмен, от старых к новым.
openapi-past-operation-reason = Почему она выполнена.
openapi-past-operation-actor = Кем она выполнена.
