## Ошибки, по их кодам. Записанный договор API отдаёт эти тексты до байта.

insufficient-funds = Недостаточно средств
balance-limit = Превышен максимальный баланс кошелька
wallet-frozen = Кошелек заморожен
wallet-closed = Кошелек закрыт
limit-exceeded = Превышен лимит кошелька
wallet-not-empty = На кошельке есть деньги или открытый холд
hold-not-found = Холд не найден.
hold-closed = Холд закрыт
hold-expired = Срок холда истёк
exceeds-hold = Больше, чем осталось в холде
not-reversible = Операцию такого вида нельзя отменить
already-reversed = Операция уже отменена
exceeds-original = Больше, чем осталось отменить по операции
wallet-not-found = Кошелек не найден.
operation-not-found = Операция не найдена.
unknown-kind = Неизвестный тип операции
key-reused = Ключ идемпотентности уже использован для другой операции.
key-malformed = Ключ идемпотентности должен состоять из видимых символов ASCII, от 1 до 255.
key-repeated = Заголовок Idempotency-Key указан более одного раза.
overloaded = Сервис перегружен, повторите запрос позже.
stopping = Сервис останавливается, повторите запрос позже.
unavailable = Сервис недоступен, повторите запрос позже.
too-many-requests = Слишком много запросов, повторите запрос позже.
too-many-attempts = Слишком много попыток с неверным паролем, повторите позже.
internal-error = Ошибка при обработке операции кошелька

## Проблемы адресов сверх записанных, по их кодам

invalid-request = Некоторые поля заполнены неверно.
invalid-body = Тело запроса - не объект JSON.
same-wallet = Кошелек не может платить сам себе.
batch-refused = Одна из операций пакета отклонена, поэтому не выполнена ни одна.
too-large = Тело запроса слишком велико.
unsupported-media-type = Тело запроса должно быть в формате JSON, в кодировке UTF-8.
body-too-slow = Тело запроса не получено вовремя.
body-broken = Тело запроса не удалось получить.
unknown-host = Этот узел здесь не обслуживается.
not-found = По этому адресу ничего нет.
credentials-missing = В заголовке Authorization нужен ключ или токен.
credentials-invalid = Ключ или токен недействителен.
forbidden = Ключ или токен не разрешает этого действия.
method-not-allowed = Этот метод здесь не разрешен.
outcome-open = Выполнен ли запрос, неизвестно: повторите его с тем же ключом идемпотентности.

## Ошибки полей запроса

fault-required = Обязательное поле.
fault-unknown = Такого поля нет.
fault-repeated = Поле передано больше одного раза.
fault-not-an-object = Элемент - не объект.
fault-not-a-list = Ожидается список.
fault-not-a-boolean = Ожидается true или false.
fault-not-text = Ожидается строка.
fault-not-a-wallet = Ожидается номер кошелька: UUID с дефисами.
fault-not-a-reference = Назначение - текст от 1 до { $max } символов без управляющих символов.
fault-not-one-of = Ожидается одно из значений: { $choices }.
fault-send-text = Дробное число или число с экспонентой в JSON неточно: передайте строку, например "10.50".
fault-amount-not-a-number = Ожидается десятичное число, например "10.50".
fault-amount-not-positive = Сумма должна быть больше нуля.
fault-amount-too-many-digits = В сумме больше { $max } цифр.
fault-amount-too-many-places = В сумме больше { $max } знаков после запятой.
fault-amount-too-many-whole-digits = В сумме больше { $max } цифр до запятой.
fault-amount-too-long = В тексте больше { $max } символов.
fault-too-many = Элементов больше { $max }.
fault-empty = Нет ни одного элемента.
fault-not-here = Этому полю здесь не место.
fault-not-with = Это поле и { $other } вместе не передаются.
fault-not-in-range = Ожидается целое число от { $min } до { $max }.
fault-not-a-time = Ожидается время по RFC 3339, например "2031-05-01T12:00:00Z".
fault-not-ahead = Время должно быть в будущем, не далее { $max } дней.
fault-not-over = Время не должно быть в будущем.
fault-not-after = Время не должно быть позже, чем в { $other }.
fault-not-a-cursor = Это не курсор или курсор другого запроса.
fault-not-a-balance = Ожидается десятичное число от 0 до { $max } с точностью до двух знаков после запятой, строкой.
fault-not-a-reason = Причина - текст от 1 до { $max } символов без управляющих символов.
fault-key-header = У каждой операции пакета свой ключ: заголовок Idempotency-Key не принимается.
fault-wrong-password = Неверный пароль.
fault-null-character = Нулевые символы не допускаются.
fault-padded = Пароль не должен начинаться или заканчиваться пробелом.
fault-too-short-for-staff = В пароле сотрудника не меньше { $min } символов.
fault-key-of-password = Пароль меняется без ключа: заголовок Idempotency-Key не принимается.
fault-too-many-wallets = Кошельков больше { $max }.
