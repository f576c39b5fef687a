# Debian's Prometheus with this stack's scrape configuration and alerting rules.
FROM debian:bookworm-slim
RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends prometheus \
 && rm -rf /var/lib/apt/lists/* && mkdir /data && chown 10001:10001 /data
COPY docker/observability/prometheus.yml docker/observability/alerts.yml /etc/wallet/
COPY docker/observability/start.sh /usr/local/bin/start-prometheus
RUN chmod 755 /etc/wallet /usr/local/bin/start-prometheus && chmod 644 /etc/wallet/*
USER 10001:10001
EXPOSE 9090
ENTRYPOINT ["start-prometheus"]
