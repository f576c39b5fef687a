# PostgreSQL with pgBackRest, Prometheus exporters, and this stack's scripts for start, replication and backup. They are
# copied into the image, independent of the checkout's permissions.
FROM postgres:15-bookworm
USER root
RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
    pgbackrest prometheus-node-exporter prometheus-postgres-exporter \
 && rm -rf /var/lib/apt/lists/* && install -d -o postgres -g postgres -m 750 /var/lib/pgbackrest
COPY docker/pgbackrest.conf /etc/pgbackrest/pgbackrest.conf
COPY docker/postgres.sh /usr/local/bin/start-postgres
COPY docker/postgres_peer.sh /usr/local/bin/postgres-peer
COPY docker/postgres_backup.sh /usr/local/bin/postgres-backup
RUN chmod 755 /etc/pgbackrest /usr/local/bin/* && chmod 644 /etc/pgbackrest/pgbackrest.conf
USER postgres
ENTRYPOINT ["start-postgres"]
CMD []
