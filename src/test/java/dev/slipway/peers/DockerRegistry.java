package dev.slipway.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Docker's registry, as Debian has it, of a test's own: its state lies in the folder given. The one
 * that is protected speaks TLS, with a certificate of the test's own authority, and lets in nobody
 * but {@link #CREDENTIALS}.
 */
public final class DockerRegistry implements AutoCloseable {
  /** Who may use a registry that is protected. */
  public static final String CREDENTIALS = "tester:pa:ss";

  private static final String PASSWORDS =
      "tester:$2y$05$gqpKq6tk/SvwTlBxceRZG.efTswj5w6/HNDPgL2YLnYBiy.W8MTyu\n";
  private static final Pattern LISTENING = Pattern.compile("listening on [^ \"]*:([0-9]+)");
  private static final int TRIES = 600;
  private static final int PAUSE_MILLISECONDS = 100;
  private static final int STOP_SECONDS = 60;

  private final Process process;
  private final Path home;
  private final int port;

  private DockerRegistry(Process process, Path home, int port) {
    this.process = process;
    this.home = home;
    this.port = port;
  }

  /** Starts one that anybody may use, over plain HTTP. */
  public static DockerRegistry start(Path folder) throws IOException, InterruptedException {
    return start(folder, "");
  }

  /** Starts one that is protected. */
  public static DockerRegistry startProtected(Path folder)
      throws IOException, InterruptedException {
    Path secrets = secrets(folder);
    Files.writeString(secrets.resolve("passwords"), PASSWORDS);
    DockerRegistry registry =
        start(
            folder,
            """
              tls: {certificate: %1$s/registry.crt, key: %1$s/registry.key}
            auth:
              htpasswd: {realm: test, path: %1$s/passwords}
            """
                .formatted(secrets));
    Files.copy(secrets.resolve("ca.crt"), registry.authority());
    return registry;
  }

  /**
   * Starts one that lets in nobody but those who show a certificate of its authority, such as
   * {@code rsa.crt}, {@code old-rsa.crt} and {@code ec.crt} in the folder {@code secrets}, beside
   * their keys.
   */
  public static DockerRegistry startForKnownClients(Path folder)
      throws IOException, InterruptedException {
    Path secrets = secrets(folder);
    issue(secrets, "rsa");
    Files.copy(secrets.resolve("rsa.crt"), secrets.resolve("old-rsa.crt"));
    openssl(secrets, "rsa -traditional -in rsa.key -out old-rsa.key");
    openssl(secrets, "ecparam -genkey -noout -name secp384r1 -out ec.key");
    openssl(secrets, "req -new -key ec.key -subj /CN=client -out ec.csr");
    sign(secrets, "ec");
    DockerRegistry registry =
        start(
            folder,
            "  tls: {certificate: %1$s/registry.crt, key: %1$s/registry.key, clientcas: [%1$s/ca.crt]}\n"
                .formatted(secrets));
    Files.copy(secrets.resolve("ca.crt"), registry.authority());
    return registry;
  }

  /** A folder with an authority and a certificate for this machine. */
  private static Path secrets(Path folder) throws IOException, InterruptedException {
    Path secrets = Files.createDirectory(folder.toAbsolutePath().resolve("secrets"));
    Files.writeString(secrets.resolve("extensions"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    openssl(
        secrets,
        "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=authority -keyout ca.key -out"
            + " ca.crt");
    issue(secrets, "registry");
    return secrets;
  }

  private static void issue(Path secrets, String name) throws IOException, InterruptedException {
    openssl(
        secrets,
        "req -newkey rsa:2048 -nodes -subj /CN=%1$s -keyout %1$s.key -out %1$s.csr"
            .formatted(name));
    sign(secrets, name);
  }

  private static void sign(Path secrets, String name) throws IOException, InterruptedException {
    openssl(
        secrets,
        "x509 -req -in %1$s.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile extensions -out %1$s.crt"
            .formatted(name));
  }

  private static void openssl(Path secrets, String arguments)
      throws IOException, InterruptedException {
    Programs.run(secrets, ("openssl " + arguments).split(" ", -1));
  }

  private static DockerRegistry start(Path folder, String more)
      throws IOException, InterruptedException {
    Path home = Files.createTempDirectory(folder.toAbsolutePath(), "registry");
    Path config = home.resolve("config.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log: {level: info}
        storage:
          filesystem: {rootdirectory: %s}
        validation: {manifests: {urls: {allow: [".*"]}}}
        http:
          addr: 127.0.0.1:0
        """
                .formatted(home.resolve("data"))
            + more);
    Path log = home.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("OTEL_TRACES_EXPORTER", "none");
    Process process = builder.start();
    for (int i = 0; i < TRIES && process.isAlive(); i++) {
      Matcher listening = LISTENING.matcher(Files.readString(log));
      if (listening.find()) {
        return new DockerRegistry(process, home, Integer.parseInt(listening.group(1)));
      }
      Thread.sleep(PAUSE_MILLISECONDS);
    }
    process.destroyForcibly();
    throw new AssertionError("docker-registry does not start: " + Files.readString(log));
  }

  /** What it is called in references. */
  public String domain() {
    return "localhost:" + port;
  }

  /** Where it listens. */
  public int port() {
    return port;
  }

  /** Has it forget all that it was given. */
  public void forget() throws IOException {
    Path data = home.resolve("data");
    if (Files.exists(data)) {
      try (Stream<Path> files = Files.walk(data)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** The files of the blobs that it keeps, each in a folder with its digest for a name. */
  public List<Path> blobs() throws IOException {
    Path blobs = home.resolve("data/docker/registry/v2/blobs");
    if (!Files.exists(blobs)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(blobs)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  /** The authority that vouches for one that is protected. */
  public Path authority() {
    return home.resolve("ca.crt");
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
