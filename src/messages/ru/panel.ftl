## Around every page, and what several of them show

panel-product = Wallet Engine
panel-skip = К содержанию
panel-menu = Разделы
panel-menu-open = Меню
panel-zone-here = Время указано по часам этого браузера:
panel-zone-utc = Время указано в UTC.
panel-zone-show-here = Показать по часам браузера
panel-zone-show-utc = Показать в UTC
panel-overview = Обзор
panel-users = Пользователи
panel-wallets = Кошельки
panel-keys = Ключи
panel-webhooks = Вебхуки
panel-engine = Движок
panel-now = только что
panel-seconds-ago = { $count } с назад
panel-minutes-ago = { $count } мин назад
panel-hours-ago = { $count } ч назад
panel-audit = Сверка
panel-journal = Журнал
panel-signed-in-as = Вы вошли как
panel-sign-out = Выйти
panel-language = Язык
panel-theme = Оформление
panel-theme-auto = Как в системе
panel-theme-light = Светлое
panel-theme-dark = Тёмное
panel-home = На главную
panel-done = Готово
panel-refused = Отказ
panel-username = Имя пользователя
panel-password = Пароль
panel-sign-in = Войти
panel-wallet = Кошелёк
panel-operations = Операции
panel-balance = Баланс
panel-reason = Причина
panel-state = Состояние
panel-none = нет
panel-search = Поиск
panel-reset = Сбросить
panel-first-page = В начало
panel-next-page = Дальше
panel-email = Почта
panel-staff = Сотрудник
panel-number = Номер
panel-id = ID
panel-part = { $part } из { $whole }

panel-error-malformed = Запрос не разобран
panel-error-malformed-text = Форма пришла неполной или испорченной. Вернитесь на страницу и отправьте её ещё раз.
panel-error-no-access = Доступ закрыт
panel-error-forbidden = У вас нет права на это действие.
panel-error-not-admitted = Эта учётная запись отключена или не принадлежит сотруднику.
panel-error-not-permitted = Ваша роль этого не позволяет: нужна роль «{ $role }» или выше.
panel-error-code-awaited = Сначала введите код второго фактора: вход ещё не завершён.
panel-error-factor-required = Сначала подключите второй фактор: это делается на странице «Мой доступ».
panel-error-not-accepted = Форма не принята
panel-error-forged = Она отправлена с чужой страницы или устарела. Ничего не изменено. Откройте страницу заново и повторите.
panel-error-foreign = Ничего не изменено: форма отправлена со страницы другого сайта. Если это ваш обычный адрес, сообщите администратору: прокси должен передавать имя, под которым его спросили. Страница открыта на { $origin }, а форма пришла на { $host }.
panel-error-not-found = Страница не найдена
panel-error-not-found-text = По этому адресу ничего нет. Возможно, запись удалена или адрес набран с ошибкой.
panel-error-method = Так эту страницу не запрашивают
panel-error-method-text = Откройте её по ссылке из меню.
panel-error-failed = Что-то пошло не так
panel-error-failed-text = Ошибка записана в журнал. Попробуйте ещё раз, а если она повторится — сообщите администратору.
panel-error-unavailable = Сервис временно недоступен
panel-error-unavailable-text = База данных не отвечает или движок перегружен. Обновите страницу через несколько секунд.
panel-error-too-many-attempts = Слишком много попыток входа
panel-error-try-after = Вход временно закрыт. Повторите попытку после { $time } UTC.

kind-deposit = Пополнение
kind-withdraw = Списание
kind-transfer-out = Исходящий перевод
kind-transfer-in = Входящий перевод
kind-hold = Холд
kind-capture = Списание холда
kind-release = Освобождение холда
kind-reversal-in = Возврат на кошелёк
kind-reversal-out = Возврат с кошелька
kind-freeze = Заморозка
kind-unfreeze = Разморозка
kind-close = Закрытие
kind-reopen = Открытие
kind-limit = Лимит
kind-opening = Начальный остаток
kind-opening-reduction = Уменьшение начального остатка

## Sign-in

sign-in-title = Вход
sign-in-lead = Рабочее место сотрудника
sign-in-refused = Имя пользователя или пароль неверны.
second-step-title = Второй шаг
second-step-lead = Пароль верен. Теперь введите код.
second-step-refused = Код неверен или уже использован. Дождитесь следующего.
second-step-who = Входит { $name }.
second-step-other = Войти под другим именем

## Account

account-title = Мой доступ
account-factor = Второй фактор
account-factor-about = Со вторым фактором для входа кроме пароля нужен код из приложения на телефоне. Подойдёт любое приложение для кодов TOTP.
account-factor-required = Здесь нужен второй фактор. Подключите его, чтобы открыть другие страницы.
account-factor-on = включён
account-factor-is-on = Второй фактор уже включён.
account-factor-off = Второй фактор отключён. Другие ваши сеансы завершены.
account-since = Включён с
account-turn-on = Подключить
account-turn-off = Отключить второй фактор
account-turn-off-help = Так же переходят на другой телефон: отключите и подключите снова. Другие ваши сеансы завершатся.
account-turn-off-do = Отключить
account-enrol = Подключение второго фактора
account-scan = Отсканируйте картинку приложением. Она показывается один раз.
account-qr = QR-код с секретом для приложения
account-secret = Секрет
account-secret-help = Если отсканировать нельзя, введите его в приложении: код по времени, 6 цифр.
account-open-app = Открыть в приложении на этом устройстве
account-first-code = Код из приложения
account-first-code-wrong = Код неверен. Дождитесь следующего; проверьте часы телефона. Секрет больше не показывается: чтобы начать заново, нажмите «Отмена».
account-confirm = Подключить
account-cancel = Отмена
account-offer-is-over = Второй фактор не подключён: прошло слишком много времени. Начните заново.
account-code = Код
account-code-help = 6 цифр из приложения или код восстановления
account-codes = Коды восстановления
account-codes-made = Второй фактор включён. Сохраните эти коды сейчас: больше они не показываются.
account-codes-about = Каждый один раз заменяет код, если телефона нет под рукой. Храните их отдельно от пароля.
account-codes-stored = Коды сохранены
account-codes-left = Неиспользованных кодов восстановления
account-codes-few = Кодов восстановления осталось мало. Выпустите новые.
account-renew-codes = Новые коды восстановления
account-renew-codes-help = Прежние коды перестанут действовать.
account-renew-codes-do = Выпустить коды
account-not-proven = Пароль или код неверен. Код принимается один раз: дождитесь следующего.
account-sessions = Сеансы
account-browser = Браузер
account-address = Адрес
account-began = Вход
account-seen = Активность
account-this-session = этот
account-awaits-code = без кода
account-unknown = неизвестно
account-end = Завершить
account-end-others = Завершить все остальные
account-session-ended = Сеанс завершён.
account-others-ended = Все остальные ваши сеансы завершены.
account-sessions-cut = Показаны новейшие сеансы. Остальные завершаются вместе: «Завершить все остальные».

## Overview

overview-refreshes = Обновляется каждые 5 секунд.
overview-unreachable = Сервер не отвечает. Ниже то, что было известно последним; попытки продолжаются.
overview-signed-out = Сеанс закончился, обновление остановлено.
overview-reload = Обновить
overview-shown-at = На момент
overview-balance = Сумма балансов
overview-today = Операции за сегодня
overview-today-note = с полуночи UTC, всего { $count }
overview-active =
    { $count ->
        [one] { $number } активен в движках
        [few] { $number } активны в движках
       *[many] { $number } активны в движках
    }
overview-engines = Движки
overview-engine-rate = операций в секунду сейчас: { $rate }
overview-engines-failed = Получить данные других движков не удалось. Показаны последние известные.
overview-this-engine = этот
overview-not-seen = нет отчётов
overview-shares-name = имя занято и другим
overview-shares-name-text = Два движка работают под одним именем. Дайте каждому своё имя в WALLET_NAME.
overview-last-report = Последний отчёт
overview-active-wallets = Активные кошельки
overview-counted-at = Подсчитано
overview-being-counted = подсчитывается
overview-not-counted = не подсчитано
overview-count-failed = Пересчитать не удалось: база данных не ответила вовремя.
overview-charts = Последние 15 минут
overview-no-samples = Пока нет данных
overview-rate = Операции в секунду
overview-rate-text = Проведённые и отклонённые операции в секунду за последние 15 минут.
overview-committed = проведено
overview-refused = отклонено
overview-latency = Время ответа, мс
overview-latency-text = Время от запроса операции до ответа за последние 15 минут, в миллисекундах.
overview-median = медиана
overview-percentile = 99-й процентиль
overview-mean = в среднем
overview-milliseconds = мс
overview-hottest = Самые нагруженные кошельки
overview-hottest-over = операции за последние (мин:с) { $time }
overview-none-hot = За это время операций не было.
overview-per-second = В секунду
overview-waiting = Ожидают
overview-refusals = Отказы
overview-lately = За 15 минут
overview-reason-frozen = Кошелёк заморожен
overview-reason-closed = Кошелёк закрыт
overview-reason-expiry = Срок холда вне пределов
overview-reason-key-reused = Ключ занят другой операцией
overview-reason-wallet-not-found = Кошелёк не найден
overview-reason-wallet-full = Очередь кошелька полна
overview-reason-overloaded = Движок перегружен
overview-reason-stopping = Движок останавливается
overview-reason-not-done = Не выполнено: база не ответила
overview-reason-unknown = Исход неизвестен
overview-started = Запущен
overview-postgres = PostgreSQL
overview-answers = отвечает
overview-does-not-answer = не отвечает
overview-state-is-stale = Состояние получить не удалось. Ниже последнее известное.
overview-version = Версия
overview-connections = Соединения
overview-lock-waits = Ждут блокировок
overview-size = Размер базы
overview-unit-b = Б
overview-unit-kib = КиБ
overview-unit-mib = МиБ
overview-unit-gib = ГиБ
overview-replication = Репликация
overview-standby = только чтение
overview-durability = Сохранность
overview-durable = всё подтверждённое переживёт сбой питания
overview-not-durable = сбой питания может стоить подтверждённых операций, выключено: { $settings }

## The page of an engine

engine-lead = Что происходит внутри движка. Для работы с кошельками это не нужно.
engine-not-seen-text = Этот движок не присылает отчётов: он остановлен или не достаёт до базы данных. Показан его последний отчёт.
engine-address = Адрес
engine-reported = Отчёт
engine-group = Операций в одной записи
engine-group-text = Сколько операций записывает одна транзакция, за последние 15 минут.
engine-since-start = С запуска
engine-queue = Движок
engine-waiting-operations = Операции в очереди
engine-waiting-wallets = Кошельки с очередью
engine-active-wallets = Активные кошельки
engine-pool = Соединения в пуле
engine-pool-waiting = Ждут соединения
engine-commit-time = Запись в базу, медиана
engine-commits-failed = Неудачные записи с запуска
engine-guard-misses = Чужие изменения с запуска
engine-accepting = принимает операции
engine-stopping = останавливается
engine-committers = Запись в базу
engine-committer = Писатель
engine-lane = Часть базы
engine-lane-whole = вся база
engine-writing = пишет
engine-writing-since = уже { $time }
engine-rests = свободен
engine-has-permit = его очередь
engine-no-committers = Писатели появятся с первой операцией.
engine-sets-waiting = Кошельки, ожидающие записи: { $count }

## Users

users-search-hint = Имя, почта, номер, ID кошелька
users-cut = Подходит слишком много пользователей: показаны не все, первые { $count } по имени пользователя, по почте и по части. Введите больше букв.
users-sign-in = Вход
users-all = Все
users-active-only = Активные
users-deactivated-only = Отключённые
users-role = Роль
users-staff-only = Сотрудники
users-clients-only = Клиенты
users-sort = Порядок
users-sort-newest = Сначала новые
users-sort-oldest = Сначала старые
users-sort-username = По имени пользователя
users-sort-email = По почте
users-find = Найти
users-empty = Пользователей пока нет.
users-nothing-found = Никто не найден. Проверьте написание или снимите фильтры.
users-registered = Регистрация
users-active = Активен
users-deactivated = Отключён
users-about = Сведения
users-no-wallet = Такого кошелька нет в базе. Запустите сверку.
users-edit = Изменить
users-active-help = Отключённый пользователь не входит ни в эту панель, ни в API, и его токены перестают действовать. По ключам кошелёк доступен и дальше.
users-save = Сохранить
users-saved = Изменения сохранены.
users-stale = Пользователя за это время изменил кто-то другой, поэтому ничего не сохранено. Ниже он такой, какой есть сейчас.
users-own-access = Нельзя закрыть доступ самому себе.
users-role-help = Наблюдатель видит всё, кроме журнала. Оператор корректирует и возвращает операции до предела и снимает холды. Старший корректирует на любую сумму, одобряет, управляет правилами, ключами, вебхуками и пользователями. Администратор управляет персоналом. Тот, кто входит в персонал, получает новый пароль.
users-email-taken = Этот адрес принадлежит другому пользователю.
users-password-help = Прежний пароль перестанет действовать, а открытые в панели сеансы и токены API пользователя завершатся.
users-new-password = Новый пароль
users-repeat-password = Ещё раз
users-set-password = Задать пароль
users-password-set = Новый пароль действует. Прежние сеансы и токены пользователя завершены.
users-staff-password = Новый пароль сотрудника
users-staff-password-help = Для сотрудника не меньше 12 символов.
users-staff-password-short =
    В пароле сотрудника не меньше { $min ->
        [one] { $min } символа
        [few] { $min } символов
       *[many] { $min } символов
    }.
users-staff-password-alone = Этот пароль задаётся только вместе с первой ролью: выберите её или очистите оба поля.
users-access = Доступ к панели
users-sessions-end = Завершить все сеансы
users-sessions-ended = Все сеансы пользователя завершены.
users-factor-reset = Сбросить второй фактор
users-factor-reset-help = Для того, кто потерял телефон и коды восстановления. Вход будет по одному паролю, сеансы завершатся. Убедитесь, что просит именно он.
users-factor-was-reset = Второй фактор пользователя сброшен.
users-own-factor = Свой второй фактор отключают на странице «Мой доступ».
users-tokens = Действующие токены
users-tokens-help = С токеном программы пользователя обращаются к API от имени владельца кошелька.
users-tokens-end = Завершить все токены
users-tokens-ended = Все токены пользователя завершены.
users-not-repeated = Пароли не совпадают.
users-blank = Заполните это поле.
users-too-long = Слишком длинно.
users-not-an-email = Это не адрес электронной почты.
users-not-text = Недопустимые символы.
users-changes = История изменений
users-no-changes = Сотрудники ничего не меняли.
users-when = Когда
users-who = Кто
users-what = Что
users-old-value = Было
users-new-value = Стало
users-command-line = командная строка
users-values-not-kept = не хранится
users-yes = да
users-no = нет

## Wallets

wallets-search-help = Часть имени пользователя или адреса почты, номер пользователя или начало ID кошелька (от 6 символов)
wallets-from = Баланс от
wallets-to = Баланс до
wallets-zero = Только нулевые
wallets-sort = Сначала
wallets-order-newest = Новые
wallets-order-oldest = Старые
wallets-order-latest = Недавно изменённые
wallets-order-richest = Больший баланс
wallets-order-poorest = Меньший баланс
wallets-show = Показать
wallets-amount-wrong = Введите сумму, например 1500,50
wallets-reversed = Не может быть меньше нижней границы
wallets-nothing-found = Таких кошельков нет.
wallets-cut = Совпадений слишком много, просмотрены не все. Уточните поиск.
wallets-too-long = Кошельков слишком много, чтобы так их отобрать или упорядочить. Сузьте список поиском по имени пользователя или адресу почты.
wallets-owner = Владелец
wallets-unreadable = Не число. Запустите сверку.
wallets-operations = Операций
wallets-created = Создан
wallets-updated = Изменён
wallets-export = Выгрузить в CSV
wallets-in-engine = Кошелёк в движке
wallets-actor = Актор
wallets-actor-note = Состояние на этом движке в момент открытия страницы. Просмотр кошелька актора не будит.
wallets-asleep = Не активен: кошельком сейчас никто не пользуется. Первый же запрос загрузит его из базы.
wallets-resting = Отдыхает: кошелёк в памяти, но операций не было секунду или дольше. Следующая обойдётся без запроса к базе.
wallets-idle = Ждёт
wallets-writing = Пишет
wallets-reloading = Перечитывает
wallets-unsettled = Выясняет исход записи
wallets-queue = Очередь
wallets-last-batch = Последний пакет
wallets-last-batch-none = ещё не было
wallets-batch =
    { $operations ->
        [one] { $operations } операция
        [few] { $operations } операции
       *[many] { $operations } операций
    }, { $ago }
wallets-unused = Последнее обращение
wallets-thread = Поток
wallets-chart = Баланс во времени
wallets-chart-description = С: { $from }. Наименьший: { $lowest }. Наибольший: { $highest }. Сейчас: { $now }.
wallets-chart-sampled = Операций много, поэтому на графике не каждая: показан баланс через равное число операций и после последней.
wallets-no-operations = Операций ещё не было.
wallets-row = №
wallets-time = Время
wallets-kind = Операция
wallets-amount = Сумма
wallets-balance-after = Баланс после
wallets-key = Ключ
wallets-adjustment-by = Корректировка, провёл(а)
wallets-adjustment = Корректировка баланса
wallets-adjustment-note = Проводится движком как обычная операция и попадает в журнал вместе с причиной. Изменить её нельзя, можно только вернуть.
wallets-reason-help = От 3 до 500 символов. Её увидят все сотрудники.
wallets-back = К кошельку
wallets-open = Непроведённые корректировки
wallets-open-note = Их запросили, но операций не было: движок отказал или исход остался неизвестен. Свою корректировку можно отправить ещё раз: дважды она не пройдёт. Сначала проверьте, не провели ли вместо неё другую.
wallets-again = Повтор
wallets-send-again = Отправить ещё раз
wallets-refused = Не проведено.
wallets-done = Корректировка проведена. Баланс: { $balance }
wallets-receiver = Получатель
wallets-receiver-help = Скопируйте ID кошелька, который получит деньги
wallets-receiver-missing = Введите ID кошелька, который получит деньги
wallets-receiver-wrong = Это не ID кошелька: в нём 36 символов
wallets-receiver-same = Перевести самому себе нельзя
wallets-receiver-not-here = Получатель бывает только у перевода: очистите это поле или выберите перевод
wallets-receiver-unknown = Такого кошелька нет
wallets-receiver-limit = Баланс получателя превысил бы 9 999 999 999,99. Ничего не изменено.
wallets-kind-missing = Выберите операцию
wallets-amount-places = Не больше двух знаков после запятой
wallets-amount-large = Не больше 99 999 999,99
wallets-amount-zero = Сумма должна быть больше нуля
wallets-reason-short = Объясните причину хотя бы тремя символами
wallets-reason-long = Не длиннее 500 символов
wallets-reason-odd = Есть невидимые управляющие символы, наберите текст заново
wallets-insufficient-funds = { insufficient-funds }. Баланс не изменился.
wallets-balance-limit = Баланс превысил бы 9 999 999 999,99. Он не изменился.
wallets-key-reused = Эта форма уже была отправлена с другими данными. Проверьте журнал кошелька и, если нужно, отправьте ещё раз.
wallets-overloaded = Очередь движка заполнена. Ничего не изменилось, попробуйте через несколько секунд.
wallets-stopping = Движок останавливается. Ничего не изменилось, попробуйте через минуту.
wallets-unreachable = База данных недоступна. Ничего не изменилось, попробуйте через несколько секунд.
wallets-outcome-unknown = Исход неизвестен: база данных не ответила вовремя. Отправьте эту форму ещё раз, ничего не меняя: второй раз операция не пройдёт.
wallets-not-recorded = База данных не ответила, и корректировка не записана. Баланс не изменился, попробуйте ещё раз.
wallets-held = В холде
wallets-available = Доступно
wallets-of-it-held = в холде: { $held }
wallets-is-closed = Закрыт
wallets-debits-frozen = Списания заморожены
wallets-credits-frozen = Пополнения заморожены
wallets-has-holds = Есть холды
wallets-state-any = Любое
wallets-state-frozen = Замороженные
wallets-state-closed = Закрытые
wallets-state-held = С холдами
wallets-reference = Пометка клиента
wallets-action = Действие
wallets-related = Связано
wallets-in-ledger = В журнале
wallets-by = Провёл(а)
wallets-by-key = По ключу
wallets-by-owner = Владелец
wallets-frozen = Кошелёк заморожен для таких операций. Ничего не изменилось.
wallets-either-frozen = Один из двух кошельков заморожен: этот для списаний или другой для пополнений. Ничего не изменилось.
wallets-closed = Кошелёк закрыт. Ничего не изменилось.
wallets-either-closed = Один из двух кошельков закрыт. Ничего не изменилось.
wallets-limit-exceeded = Превышен лимит ({ $limit }): сейчас возможно не больше { $remaining }. Ничего не изменилось.
wallets-limit-reached = Лимит исчерпан ({ $limit }). Ничего не изменилось.

## Statements

statement-title = Выписка
statement-of = Выписка { $owner }
statement-month = Месяц
statement-from = С дня, UTC
statement-to = По день, UTC
statement-months = Месяцы
statement-before = Предыдущий месяц
statement-after = Следующий месяц
statement-month-wrong = Введите месяц, например 2026-11
statement-day-wrong = Введите дату, например 2026-11-26
statement-future = Не может быть в будущем
statement-reversed = Не может быть раньше начала периода
statement-print = Напечатать
statement-provisional = Период ещё не закончился или закончился только что: в нём могут появиться операции.
statement-cut =
    Показаны первые { $shown } из { $count ->
        [one] { $all } операции
        [few] { $all } операций
       *[many] { $all } операций
    }. Остатки и итоги — за весь период; все операции есть в CSV.
statement-time = Время, UTC
statement-period = Период
statement-currency = Валюта
statement-made = Составлена
statement-opening = Входящий остаток
statement-in = Поступило
statement-out = Списано
statement-closing = Исходящий остаток
statement-operations = операций: { $number }
statement-not-summed = Операций слишком много, чтобы подвести итог здесь: он есть в CSV.
statement-amount = сумма: { $amount }
statement-none = За этот период операций нет.
statement-carried = К переносу

## Holds

holds-title = Холды
holds-one = Холд { $number }
holds-one-short = Холд
holds-open-ones = Открытые холды
holds-all = Все
holds-none = Холдов нет.
holds-status = Статус
holds-open = Открыт
holds-captured = Списан
holds-voided = Отменён
holds-expired = Истёк
holds-amount = Сумма
holds-captured-part = Списано
holds-released-part = Освобождено
holds-remaining = Осталось
holds-expires = Истекает
holds-void = Отменить
holds-void-title = Отмена холда
holds-void-note = Оставшаяся сумма снова станет доступна. Вернуть холд нельзя.
holds-done = Холд отменён.
holds-not-open = Холд уже не открыт: он списан, отменён или истёк. Ничего не изменилось.
holds-open-max = число открытых холдов

## Reversals

reversal-title = Операция { $number }
reversal-form = Возврат операции
reversal-note = Деньги вернутся туда, откуда пришли; у перевода — в обоих кошельках. Можно вернуть часть, остальное потом.
reversal-reverse = Вернуть
reversal-reversed = Возвращено
reversal-of = возврат операции { $number }
reversal-by = возвращена операцией { $number }
reversal-more = и другими
reversal-done = Операция возвращена. Баланс: { $balance }

## Rules

rules-title = Правила
rules-now = Правила сейчас
rules-debits = Списания
rules-credits = Пополнения
rules-closed = Закрыт
rules-open = открыты
rules-frozen = заморожены
rules-yes = да
rules-no = нет
rules-no-limit = без лимита
rules-balance-min = Наименьший доступный остаток
rules-balance-min-help = Списания не опустят доступную сумму ниже. Пусто: ноль
rules-balance-max = Наибольший баланс
rules-balance-max-help = Пополнения не поднимут баланс выше. Пусто: без лимита
rules-operation-max = Наибольшая операция
rules-operation-max-help = Для пополнения, списания, перевода и холда. Пусто: без лимита
rules-daily-out-max = Расход за день
rules-daily-out-max-help = Без вычета поступлений, сутки по UTC; холды считаются. Пусто: без лимита
rules-today = Сегодня
rules-used = Израсходовано
rules-remaining = Осталось
rules-today-note = Сутки начинаются в полночь по UTC. Холды считаются расходом, пока не освобождены.
rules-change = Изменить правила
rules-change-note = Изменения попадут в журнал с причиной и вашим именем. Открытые холды можно списать, если списания не заморожены.
rules-save = Изменить
rules-done = Правила изменены.
rules-unchanged = Сначала измените хотя бы одно правило
rules-not-empty = { wallet-not-empty }, поэтому закрыть его нельзя. Ничего не изменилось.
rules-history = История
rules-never = Правила ещё не меняли.
rules-what = Что изменено

## Keys

keys-lead = По ключу программа пользуется API: в пределах этих прав, с этими кошельками или со всеми. Имя ключа остаётся в журнале кошелька.
keys-no-effect = WALLET_AUTH на этом движке выключен: API доступен всем, кто до него дотянется, и ключи ни на что не влияют.
keys-new = Новый ключ
keys-name = Имя
keys-name-help = Имя программы, которая пользуется ключом: латинские буквы, цифры, точки, дефисы и подчёркивания. Под одним именем действуют до двух ключей.
keys-name-wrong =
    Не больше { $max ->
        [one] { $max } символа
        [few] { $max } символов
       *[many] { $max } символов
    }: латинские буквы, цифры, точки, дефисы и подчёркивания
keys-number = № { $number }
keys-scopes = Права
keys-scope-wallets-read = читать кошельки: баланс, историю, холды, правила
keys-scope-operations-write = пополнять, списывать и возвращать
keys-scope-transfers-write = платить другим кошелькам
keys-scope-holds-write = ставить, списывать и снимать холды
keys-scope-rules-write = менять правила кошельков
keys-scope-users-write = регистрировать пользователей
keys-scope-events-read = читать ленту событий
keys-scope-webhooks-write = управлять вебхуками
keys-scope-journal-read = читать журнал персонала
keys-scopes-none = Отметьте хотя бы одно право
keys-scope-unknown = Одного из прав не существует; откройте страницу заново
keys-scopes-of-no-wallet = Невозможно для ключа с перечнем кошельков: { $scopes }. Уберите кошельки или эти права.
keys-wallets-help = ID кошельков, по одному в строке. Пусто: все кошельки
keys-wallet-wrong = Это не ID кошелька: { $wallet }
keys-wallets-many =
    Не больше { $max ->
        [one] { $max } кошелька
        [few] { $max } кошельков
       *[many] { $max } кошельков
    }
keys-wallets-missing = Такого кошелька нет: { $wallets }
keys-wallets-missing-more = Таких кошельков нет: { $wallets } и ещё { $more }
keys-all-wallets = все
keys-more-wallets = и ещё { $more }
keys-days = Истекает через, дней
keys-days-help = Пусто: никогда
keys-days-wrong = Целое число дней от 1 до { $max } или ничего
keys-shown-once = Ключ показывается один раз, сразу после создания.
keys-make = Создать ключ
keys-refused = Ключ не создан.
keys-form-sent = Эта форма уже отправлялась: её ключ создан и был показан. Если он потерян, отзовите его в списке; чтобы получить другой, отправьте форму ещё раз.
keys-two-live = Под именем { $name } уже действуют два ключа. Отзовите тот, которым больше не пользуются, и отправьте форму ещё раз.
keys-unknown = База данных не ответила, и неизвестно, создан ли ключ. Отправьте форму ещё раз: ключ будет только один.
keys-made = Ключ { $name }
keys-copy = Ключ создан. Скопируйте его сейчас: больше он показан не будет.
keys-key = Ключ
keys-header = Программы передают его в заголовке
keys-other-live = Под этим именем действует ещё один ключ. Когда все программы перейдут на новый:
keys-copied = Ключ скопирован
keys-created = Создан
keys-expires = Истекает
keys-used = Последнее обращение
keys-never = никогда
keys-not-used = не было
keys-live = Действует
keys-expired = Истёк
keys-revoked = Отозван
keys-empty = Ключей пока нет.
keys-nothing-found = Ключей с таким именем нет.
keys-rotate = Сменить
keys-rotate-title = Смена ключа { $name }
keys-rotate-new = Ещё один ключ
keys-rotate-note = У него то же имя, те же права и кошельки. Оба действуют, пока этот не отозван, поэтому программы переходят на новый без перерыва.
keys-rotate-revoked = Отозванный ключ не сменить.
keys-the-key = Этот ключ
keys-revoke = Отозвать
keys-revoke-number = Отозвать № { $number }
keys-revoke-title = Отозвать ключ { $name }?
keys-revoke-note = Все движки перестанут принимать его в течение секунды. Отменить это нельзя.
keys-revoke-done = Ключ { $name } (№ { $number }) отозван.
keys-keep = Оставить
keys-not-live = Ключ больше не действует: он отозван или истёк.
webhooks-lead = На эти адреса доставляются события: с подписью, не меньше одного раза и по порядку в пределах кошелька. Их может быть 100.
webhooks-new = Новый вебхук
webhooks-one = Вебхук
webhooks-the-webhook = Этот вебхук
webhooks-empty = Вебхуков пока нет.
webhooks-url = Адрес
webhooks-url-help = Начинается с https:// и доступен всем. В его запросе может быть токен: списки его не показывают.
webhooks-types = События
webhooks-types-help = Ничего не отмечено: все
webhooks-type-unknown = Одного из типов нет; откройте страницу снова
webhooks-all-types = все
webhooks-all-wallets = все
webhooks-wallet-help = ID кошелька, события которого доставляются. Пусто: всех кошельков
webhooks-wallet-wrong = Это не ID кошелька
webhooks-from = Начать
webhooks-from-now = с того, что случится с этого момента
webhooks-from-start = с самого старого события
webhooks-from-cursor = после события с этим курсором
webhooks-shown-once = Секрет показывается один раз, сразу после создания вебхука.
webhooks-make = Создать вебхук
webhooks-made = Секрет вебхука
webhooks-copy = Секрет создан. Скопируйте его сейчас: больше он не покажется.
webhooks-secret = Секрет
webhooks-secret-help = Им получатель проверяет подписи по Standard Webhooks
webhooks-form-sent = Эта форма уже отправлялась, и её секрет был показан. Если он утерян, смените секрет вебхука; отправьте форму снова, чтобы создать ещё один.
webhooks-unknown = База данных не ответила, и неизвестно, сделано ли это. Отправьте форму снова: это делается один раз.
webhooks-created = Создан
webhooks-old-secret = Старый секрет до
webhooks-deliveries = Доставка
webhooks-delivers = Доставляет
webhooks-fails = Не доставляет
webhooks-paused = Приостановлен
webhooks-waiting = Ждут кошельков
webhooks-last-success = Последний успех
webhooks-last-failure = Последняя неудача
webhooks-cursor = Курсор
webhooks-pause = Приостановить
webhooks-resume = Возобновить
webhooks-pause-note = Пока он приостановлен, ничего не теряется: он продолжит с того места, где остановился.
webhooks-was-paused = Вебхук приостановлен.
webhooks-resumed = Вебхук снова доставляет.
webhooks-replay = Повторить
webhooks-replay-note = Доставляет ещё раз всё, что идёт после этого места, или пропускает то, что до него.
webhooks-cursor-wrong = Это не курсор ленты
webhooks-replayed = Вебхук доставляет с этого места.
webhooks-rotate = Сменить секрет
webhooks-rotate-title = Сменить секрет вебхука?
webhooks-rotate-note = Доставки подписываются новым секретом и ещё 24 часа нынешним. Тот, что был до него, перестаёт действовать сразу.
webhooks-delete = Удалить
webhooks-delete-title = Удалить вебхук?
webhooks-delete-note = С ним исчезнет всё, что ждёт и отложено. Отменить это нельзя.
webhooks-delete-done = Вебхук на { $url } удалён.
webhooks-set-aside = Отложено
webhooks-set-aside-lead = События, которые не удалось доставить за три дня. Отправленные снова приходят не по порядку.
webhooks-set-aside-empty = Ничего не отложено.
webhooks-set-aside-at = Отложено
webhooks-type = Тип
webhooks-attempts = Попыток
webhooks-last-error = Последняя ошибка
webhooks-send = Отправить снова
webhooks-being-sent = Отправляется
webhooks-sent = Событие № { $number } будет отправлено снова.
webhooks-not-sent = Событие больше не отложено.

## Audit

audit-lead = Сверка проходит по всем кошелькам: баланс и версия должны следовать из операций, в нумерации операций не должно быть пропусков, у каждого пользователя должен быть свой кошелёк, а у перевода — обе стороны. В журнале персонала не должно быть пропусков. Ничего не изменяется; на большой базе это занимает минуты и нагружает её чтением.
audit-begin = Начать сверку
audit-already-runs = Сверка уже идёт, вторая не начата.
audit-never = Сверок ещё не было.
audit-last = Последняя сверка
audit-progress = Пройдено
audit-running = Идёт
audit-interrupted = Прервана
audit-interrupted-why = Движок, на котором она шла, остановился. Начните её заново.
audit-failed = Ошибка
audit-agrees = Всё сходится
audit-agrees-why = Каждый кошелёк сходится со своими операциями.
audit-has-breaches = Есть расхождения
audit-breaches-why = Эти записи противоречат друг другу. Сами собой они не исправляются: сообщите администратору базы.
audit-breaches = Расхождения
audit-began = Начата
audit-ended = Окончена
audit-last-seen = Последняя весть
audit-by = Кто начал
audit-result = Итог
audit-breach = Расхождение
audit-all-wallets = все
audit-first-of = Показаны первые из них.
audit-earlier = Прежние сверки

# Что может персонал.
role-none = не сотрудник
role-viewer = наблюдатель
role-operator = оператор
role-supervisor = старший
role-administrator = администратор

## Journal
journal-when = Когда
journal-who = Кто
journal-what = Что
journal-subject = Над чем
journal-details = Подробности
journal-lead = Что делал персонал, сначала новое. Приложение ничего здесь не может изменить или удалить.
journal-subject-hint = Номер или ID
journal-any = любое
journal-from = С
journal-to = По
journal-empty = Журнал пуст.
journal-nothing-found = Записей не найдено.
journal-missing = { $count ->
    [one] Не хватает { $count } записи: её удалили в обход приложения.
    [few] Не хватает { $count } записей: их удалили в обход приложения.
   *[many] Не хватает { $count } записей: их удалили в обход приложения.
}
journal-complete = Полон: все номера на месте.
journal-command-line = командная строка
journal-carried-out = операция { $number }
journal-not-carried-out = в реестре нет
journal-subject-user = пользователь
journal-subject-wallet = кошелёк
journal-subject-key = ключ
journal-subject-webhook = вебхук
journal-sign-in = вход
journal-sign-in-refused = вход отклонён
journal-sign-out = выход
journal-session-ended = сеанс завершён
journal-second-factor-on = второй фактор включён
journal-second-factor-off = второй фактор выключен
journal-second-factor-reset = второй фактор сброшен
journal-recovery-codes-made = созданы коды восстановления
journal-recovery-code-used = использован код восстановления
journal-adjustment = корректировка
journal-adjustment-proposed = корректировка предложена
journal-adjustment-approved = корректировка одобрена
journal-adjustment-declined = корректировка отклонена
journal-adjustment-withdrawn = корректировка отозвана
journal-reversal = возврат операции
journal-hold-voided = холд снят
journal-rules = правила изменены
journal-user-edited = пользователь изменён
journal-staff-made = принят в персонал
journal-password-set = задан пароль
journal-tokens-ended = токены завершены
journal-key-made = ключ создан
journal-key-rotated = ключ заменён
journal-key-revoked = ключ отозван
journal-webhook-made = вебхук создан
journal-webhook-changed = вебхук изменён
journal-webhook-rotated = секрет вебхука заменён
journal-webhook-replayed = вебхук повторён
journal-webhook-deleted = вебхук удалён
journal-event-sent-again = событие отправлено снова
journal-audit = сверка запущена
journal-export = выгрузка
journal-detail-amount = сумма
journal-detail-to = получатель
journal-detail-kind = операция
journal-detail-operation = номер операции
journal-detail-hold = холд
journal-detail-reason = причина
journal-detail-name = имя
journal-detail-scopes = права
journal-detail-wallets = кошельки
journal-detail-url = адрес
journal-detail-enabled = включён
journal-detail-after = после
journal-detail-event = событие
journal-detail-what = что
journal-detail-period = файл
journal-detail-email-old = старая почта
journal-detail-email-new = новая почта
journal-detail-active = активен
journal-detail-role = роль
journal-detail-role-old = старая роль
journal-detail-role-new = новая роль
journal-detail-rules = правила
journal-detail-balance = баланс
journal-detail-filters = фильтры

## Confirmation

confirm-title = Проверьте и подтвердите
confirm-note = Пока ничего не сделано. Баланс показан на этот момент: после подтверждения движок решит по тому балансу, который застанет.
confirm-other-owner = Владелец второго кошелька
confirm-other = Второй кошелёк
confirm-now = Баланс сейчас
confirm-after = Баланс после
confirm-impossible = сейчас невозможно: движок откажет
confirm-next = Дальше
confirm-button = Подтвердить
confirm-edit = Изменить
confirm-rules-same = Правила уже такие.

## Approvals

approvals-title = Согласования
approvals-one = Заявка { $number }
approvals-waiting-ones = Ждут второго сотрудника
approvals-waiting-for-you = Корректировки на согласовании
approvals-to-all = Все заявки
approvals-none-wait = Ничего не ждёт.
approvals-all = Все заявки
approvals-none = Заявок ещё не было.
approvals-of-wallet = Корректировки на согласовании
approvals-propose = Отправить на согласование
approvals-above = Это больше, чем вы можете провести в одиночку: за 24 часа осталось { $left } из { $ceiling }. Корректировка уйдёт на согласование, старший сотрудник решит в течение 7 дней.
approvals-proposed = Корректировка отправлена на согласование. Она будет проведена, когда её одобрит старший сотрудник.
approvals-too-many = Слишком много ваших заявок ждут решения. Отзовите одну или дождитесь решения.
approvals-reversal-above = Это больше, чем вы можете провести в одиночку за 24 часа. Вернуть операцию может старший сотрудник. Ничего не изменено.
approvals-waiting = Ждёт
approvals-expired = Истекла
approvals-approved = Одобрена, не проведена
approvals-done = Проведена
approvals-declined = Отклонена
approvals-withdrawn = Отозвана
approvals-proposed-by = Предложил(а)
approvals-approved-by = одобрил(а)
approvals-decided-by = Решение принял(а)
approvals-decline-reason = Почему отклонена
approvals-balance-then = Баланс в момент заявки
approvals-expires = Истекает
approvals-in-ledger = Операция
approvals-approve-title = Одобрить
approvals-approve-note = Корректировка будет проведена сразу, от имени того, кто её предложил. Ваше имя тоже попадёт в журнал. Изменить её нельзя, можно только вернуть.
approvals-approve = Одобрить и провести
approvals-decline-title = Отклонить
approvals-decline = Отклонить
approvals-withdraw-title = Отозвать
approvals-withdraw-note = Заявка будет закрыта и никогда не проведена.
approvals-withdraw = Отозвать заявку
approvals-declined-done = Заявка отклонена.
approvals-withdrawn-done = Заявка отозвана.
approvals-is-done = Корректировка проведена.
approvals-may-not = Вам больше нельзя решать эту заявку. Ничего не изменено.
approvals-proposer-may-not = Тому, кто предложил корректировку, они больше не разрешены, поэтому одобрить её нельзя. Отклоните заявку или проведите корректировку сами.
approvals-is-expired = Срок заявки истёк: она больше не будет проведена.
approvals-is-approved = Заявка была одобрена раньше. Сейчас ничего не изменено.
approvals-is-declined = Заявка была отклонена раньше. Сейчас ничего не изменено.
approvals-is-withdrawn = Заявка была отозвана раньше. Сейчас ничего не изменено.
approvals-not-in-ledger = Заявка одобрена, но операции нет в журнале: движок отказал или исход неизвестен. До истечения срока старший сотрудник может отправить её ещё раз: дважды она не пройдёт.

## Operations

operations-search = Найти операции
operations-user = Пользователь
operations-user-hint = Номер, имя, почта
operations-day = День (UTC)
operations-kind-any = Любой
operations-more = Ещё поля
operations-least = Сумма от
operations-most = Сумма до
operations-from = С (UTC)
operations-to = По (UTC) включительно
operations-reference = Часть назначения
operations-other = ID второго кошелька
operations-help = Сначала новые. Поиск по всем кошелькам читает операции от конца периода назад до двух секунд и показывает, докуда дошёл: день или пользователь сокращает его. Поиск в одном кошельке, по пользователю или по второму кошельку читает только его операции.
operations-day-alone = Либо день, либо начало и конец
operations-time-wrong = Введите дату или дату и время, например 2026-11-26 17:03
operations-reversed = Не может быть раньше начала
operations-amount-alone = Либо точная сумма, либо от и до
operations-value-wrong = Такого значения быть не может
operations-export-period = Для выгрузки укажите день или начало
operations-too-long = Поиск занял слишком много времени. Укажите день, пользователя или кошелёк.
operations-no-user = Такого пользователя нет.
operations-choose = Подходят несколько пользователей. Чьи операции?
operations-nothing-found = Таких операций нет.
operations-count =
    { $count ->
        [one] { $number } операция
        [few] { $number } операции
       *[many] { $number } операций
    }
operations-count-many = Операций больше { $number }
operations-count-part = Не меньше { $number }; сосчитаны не все
operations-stopped = Просмотрено назад до { $time } (UTC); более старые операции ещё не читались.
operations-go-on = Искать дальше назад
operations-past = Операции, сделанные до появления ленты событий, находятся только в своём кошельке.

## Searches

search-too-short = Искались только имена и адреса с таким началом. Чтобы найти любую часть, введите три буквы или цифры подряд.
search-no-index = Искались только имена и адреса с таким началом: в этой базе нет индекса их частей (pg_trgm).
search-too-many = Эта часть есть у слишком многих: показаны только имена и адреса с таким началом. Введите больше букв.
