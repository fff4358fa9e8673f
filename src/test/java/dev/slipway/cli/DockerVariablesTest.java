package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.transport.DaemonAddress;
import dev.slipway.transport.DaemonTls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerVariablesTest {
  @TempDir private Path home;

  private DaemonAddress daemon(String... variables) throws IOException {
    Map<String, String> all = new HashMap<>(Map.of("HOME", home.toString()));
    for (int i = 0; i < variables.length; i += 2) {
      all.put(variables[i], variables[i + 1]);
    }
    return Environment.of(all, "amd64", home.toString()).docker().daemon();
  }

  private Path context(String name, String document) throws IOException {
    String id = Digest.of(name.getBytes(StandardCharsets.UTF_8)).hex();
    Path meta = home.resolve(".docker/contexts/meta").resolve(id);
    Files.writeString(Files.createDirectories(meta).resolve("meta.json"), document);
    return meta.resolve("meta.json");
  }

  @Test
  void takesTheHostBeforeAnyContext() throws IOException {
    assertThat(daemon("DOCKER_HOST", "unix:///a", "DOCKER_CONTEXT", "nothing"))
        .hasToString("unix:///a");
  }

  @Test
  void protectsThePortOfAHostAsDockerDoes() throws IOException {
    Path folder = Files.createDirectories(home.resolve(".docker"));
    assertThat(daemon("DOCKER_HOST", "tcp://h"))
        .isEqualTo(new DaemonAddress.Port("h", 2375, Optional.empty()));
    assertThat(daemon("DOCKER_HOST", "tcp://h", "DOCKER_TLS_VERIFY", "1"))
        .isEqualTo(new DaemonAddress.Port("h", 2376, Optional.of(DaemonTls.OF_THIS_MACHINE)));
    for (String file : new String[] {"ca.pem", "cert.pem", "key.pem"}) {
      Files.createFile(folder.resolve(file));
    }
    assertThat(daemon("DOCKER_HOST", "tcp://h", "DOCKER_TLS", "1"))
        .isEqualTo(
            new DaemonAddress.Port(
                "h",
                2376,
                Optional.of(
                    new DaemonTls(
                        Optional.of(folder.resolve("ca.pem")),
                        Optional.of(
                            new DaemonTls.Identity(
                                folder.resolve("cert.pem"), folder.resolve("key.pem"))),
                        false))));
  }

  @Test
  void takesTheContextThatIsNamedOrInForce() throws IOException {
    context("one", "{\"Endpoints\":{\"docker\":{\"Host\":\"unix:///one\"}}}");
    context("two", "{\"Endpoints\":{\"docker\":{\"Host\":\"tcp://two:1\"}}}");
    Files.writeString(home.resolve(".docker/config.json"), "{\"currentContext\":\"one\"}");

    assertThat(daemon()).hasToString("unix:///one");
    assertThat(daemon("DOCKER_CONTEXT", "two")).hasToString("tcp://two:1");
    assertThat(daemon("DOCKER_CONTEXT", "default").toString()).startsWith("unix://");
    assertThat(daemon("DOCKER_HOST", "unix:///a")).hasToString("unix:///a");
  }

  @Test
  void looksForPodmanWhereThereIsNoDocker() throws IOException {
    Path runtime = Files.createDirectory(home.resolve("run"));
    Path socket = Files.createDirectory(runtime.resolve("podman")).resolve("podman.sock");
    Files.createFile(socket);
    boolean docker = Files.exists(Path.of("/var/run/docker.sock"));

    assertThat(daemon("XDG_RUNTIME_DIR", runtime.toString()))
        .hasToString("unix://" + (docker ? "/var/run/docker.sock" : socket));
  }

  @Test
  void saysWhatIsWrongWithAContext() throws IOException {
    assertThatThrownBy(() -> daemon("DOCKER_CONTEXT", "missing"))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "the Docker context 'missing' is not defined in %s".formatted(home.resolve(".docker")));
    Path odd = context("odd", "{\"Endpoints\":[]}");
    assertThatThrownBy(() -> daemon("DOCKER_CONTEXT", "odd"))
        .isInstanceOf(ImageException.class)
        .hasMessage(odd + ": Endpoints.docker: expected an object");
    Path nameless = context("nameless", "{\"Endpoints\":{\"docker\":{}}}");
    assertThatThrownBy(() -> daemon("DOCKER_CONTEXT", "nameless"))
        .isInstanceOf(ImageException.class)
        .hasMessage(nameless + ": Endpoints.docker.Host: expected a string");
  }
}
