package dev.slipway.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.Compression;
import dev.slipway.oci.Digest;
import dev.slipway.registry.FakeRegistry;
import dev.slipway.registry.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What push says and leaves behind, and that nobody learns secrets from it or from pull. */
class PushCommandTest {
  private static final String SECRET = "s3cr3t";

  @TempDir Path folder;
  private final Map<String, String> variables = new HashMap<>();
  private final StringBuilder said = new StringBuilder();
  private FakeRegistry registry;

  @BeforeEach
  void start() throws IOException {
    registry = new FakeRegistry();
    Files.createDirectories(folder.resolve("tmp"));
    variables.put("HOME", folder.toString());
    variables.put("TMPDIR", folder.resolve("tmp").toString());
    variables.put("PATH", "/usr/bin:/bin");
  }

  @AfterEach
  void stop() throws IOException {
    registry.close();
    try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
      assertThat(left).as("what is left in the folder for temporary files").isEmpty();
    }
  }

  private Run run(String... arguments) {
    Run run = Run.with(variables, arguments);
    said.append(run.out()).append(run.err());
    return run;
  }

  private Run push(String... arguments) {
    List<String> all = new ArrayList<>(List.of("push", "--tls-verify=false"));
    all.addAll(List.of(arguments));
    return run(all.toArray(String[]::new));
  }

  private String reference(String rest) {
    return registry.domain() + "/" + rest;
  }

  /** An archive, as it is pulled. */
  private String archive() throws IOException {
    Digest digest =
        new TestImage(false)
            .layer(TestImage.tar("a", 5000), Compression.GZIP)
            .addTo(registry, "1")
            .digest();
    Path out = folder.resolve("image.tar");
    Run run =
        run(
            "pull",
            "--tls-verify=false",
            reference("x@" + digest),
            "-o",
            out.toString(),
            "--quiet");
    assertThat(run.status()).as(run.err()).isZero();
    registry.blobs.clear();
    registry.manifests.clear();
    registry.seen.clear();
    return out.toString();
  }

  private static void refused(Run run, int status, String line) {
    assertThat(run.status()).as(run.err()).isEqualTo(status);
    assertThat(run.err().lines().filter(each -> each.startsWith("slipway: ")))
        .singleElement()
        .asString()
        .contains(line);
  }

  @Test
  void saysWhereItHasPutTheImage() throws IOException {
    Run run = push(archive(), reference("a:1"), reference("b/c:2"));
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(registry.manifests).containsOnlyKeys("1", "2");
    assertThat(run.out().lines())
        .hasSize(2)
        .allMatch(line -> line.matches(".*/(a:1|b/c:2)@sha256:[0-9a-f]{64}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          nope.tar | expected a REF after 'nope.tar'
          ./nope | expected a REF after './nope'
          oci:nope | expected a REF after 'oci:nope'
          nope | 'nope' is no image of the image file, and no file
          nope.tar Upper:1 | 'Upper:1'
          nope.tar a:1@sha256:0000000000000000000000000000000000000000000000000000000000000000 | expected a tag or a digest, found both
          nope.tar a@sha512:00 | expected sha256: and 64 hex digits after @, found 'sha512:00'
          a:1 nope.tar | expected a reference after 'a:1', but 'nope.tar' is an image
          """)
  void arguesAboutTheCommandLineFirst(String words, String line) {
    String[] arguments = words.strip().split(" ", -1);
    refused(push(arguments), 2, line);
    refused(push(), 2, "slipway push needs a NAME, ARCHIVE or LAYOUT, and a REF");
  }

  @Test
  void severalImagesAreRefusedBeforeAnyIsSent() throws IOException {
    Path file = folder.resolve("slipway.yaml");
    Files.writeString(
        file,
        """
        images:
          one:
            buildImage: { name: one, tag: "1" }
          two:
            buildImage: { name: two, tag: "1" }
          both:
            mergeImages: [ "${{ images.one }}", "${{ images.two }}" ]
        """);
    refused(
        push("both", reference("a:1"), "-f", file.toString(), "--store", "embedded"),
        2,
        "'both' holds 2 images, and a reference leads to one");
    assertThat(registry.blobs).isEmpty();
  }

  @Test
  void aMissingFileIsNoUsageError() {
    refused(push("nope.tar", reference("a:1")), 1, "nope.tar: no such file or directory");
  }

  @Test
  void leavesTheTagWhereTheManifestIsRefused() throws IOException {
    String archive = archive();
    registry.next(
        1,
        "PUT",
        ".*/manifests/.*",
        FakeRegistry.text(400, "{'errors':[{'code':'MANIFEST_INVALID','message':'no\\nway'}]}"));
    refused(
        push(archive, reference("a:1")),
        1,
        "/v2/a/manifests/1: 400 bad request: no\\x0away (MANIFEST_INVALID)");
    assertThat(registry.manifests).isEmpty();
    registry.seen.clear();
    Run again = push(archive, reference("a:1"));
    assertThat(again.status()).as(again.err()).isZero();
    assertThat(registry.requests("PATCH")).as("what is sent again").isEmpty();
    assertThat(registry.manifests).containsOnlyKeys("1");
  }

  @Test
  void tellsWhatWasDoneBeforeAFault() throws IOException {
    registry.always("PUT", "/v2/b/manifests/.*", FakeRegistry.status(403));
    String archive = archive();
    Run run = push(archive, reference("a:1"), reference("b:1"));
    refused(run, 1, "/v2/b/manifests/1: 403 forbidden");
    assertThat(run.out().lines()).singleElement().asString().startsWith(reference("a:1@sha256:"));
    Run json = push(archive, reference("a:1"), reference("b:1"), "--json");
    refused(json, 1, "/v2/b/manifests/1: 403 forbidden");
    assertThat(json.out()).contains(reference("a:1")).doesNotContain(reference("b:1"));
  }

  @Test
  void namesBothWaysThatItHasTried() throws IOException {
    String archive = archive();
    registry.close();
    refused(
        push(archive, reference("a:1")),
        1,
        "GET https://%1$s/v2/: cannot connect; GET http://%1$s/v2/: cannot connect"
            .formatted(registry.domain()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"socks5", "https"})
  void refusesProxiesThatItCannotSpeakTo(String scheme) throws IOException {
    String archive = archive();
    variables.put("HTTPS_PROXY", scheme + "://me:" + SECRET + "@proxy.invalid:1080");
    refused(
        push(archive, reference("a:1")),
        2,
        "HTTPS_PROXY: expected a proxy as http://[USER:PASSWORD@]HOST:PORT, found one with the"
            + " scheme '"
            + scheme
            + "'");
    assertNoSecrets();
  }

  // -- Secrets

  private void assertNoSecrets() throws IOException {
    List<String> forms =
        List.of(
            SECRET,
            Base64.getEncoder().encodeToString(("me:" + SECRET).getBytes(UTF_8)),
            Base64.getUrlEncoder().encodeToString(SECRET.getBytes(UTF_8)));
    assertThat(said.toString()).isNotEmpty().doesNotContain(forms);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.endsWith("auth.json")) {
          assertThat(Files.readString(file, ISO_8859_1)).as(file.toString()).doesNotContain(forms);
        }
      }
    }
  }

  /** Pushes and pulls with all that is told of what goes wrong; it goes wrong. */
  private void failBothWays(String archive, String... options) throws IOException {
    String digest = "@sha256:" + "0".repeat(64);
    List<String> push = new ArrayList<>(List.of("push", archive, reference("a:1")));
    List<String> pull =
        new ArrayList<>(
            List.of("pull", reference("a" + digest), "-o", folder.resolve("out").toString()));
    for (List<String> command : List.of(push, pull)) {
      command.addAll(List.of("--tls-verify=false", "--verbose"));
      command.addAll(List.of(options));
      Run run = run(command.toArray(String[]::new));
      assertThat(run.status()).as(run.err()).isEqualTo(1);
      assertThat(run.err()).as("what --verbose adds").contains("\tat dev.slipway.");
    }
    assertNoSecrets();
  }

  private static FakeRegistry.Answer challenge(String challenge) {
    return FakeRegistry.status(401, "WWW-Authenticate", challenge);
  }

  @Test
  void showsNoPasswordThatIsWrong() throws IOException {
    String archive = archive();
    for (String method : List.of("HEAD", "GET", "POST", "PUT")) {
      registry.always(method, "/v2/.+", challenge("Basic realm=\"r\""));
    }
    failBothWays(archive, "--creds", "me:" + SECRET);
    Path file = folder.resolve("auth.json");
    String pair = Base64.getEncoder().encodeToString(("me:" + SECRET).getBytes(UTF_8));
    Files.writeString(
        file, "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(registry.domain(), pair));
    failBothWays(archive, "--authfile", file.toString());
    assertThat(registry.seen.getLast().header("Authorization")).isEqualTo("Basic " + pair);
    Files.writeString(
        file, "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(registry.domain(), SECRET));
    failBothWays(archive, "--authfile", file.toString());
    for (String broken : List.of("\"" + SECRET, SECRET, "\"\\" + SECRET)) {
      Files.writeString(file, "{\"auths\":{\"x\":{\"auth\":" + broken);
      failBothWays(archive, "--authfile", file.toString());
    }
  }

  @Test
  void showsNoTokens() throws IOException {
    String archive = archive();
    Path file = folder.resolve("auth.json");
    Files.writeString(
        file,
        "{\"auths\":{\"%s\":{\"identitytoken\":\"%s\"}}}".formatted(registry.domain(), SECRET));
    String bearer = "Bearer realm=\"https://%s/token?key=%s\"".formatted(registry.domain(), SECRET);
    for (String method : List.of("HEAD", "GET", "POST", "PUT")) {
      registry.always(method, "/v2/.+", challenge(bearer));
    }
    for (String answer :
        List.of(
            "{'token':'" + SECRET + "'}",
            "{'token':'" + SECRET + "\\n'}",
            "{'token':'" + SECRET + "'",
            "{'token':['" + SECRET + "']}",
            "{'token': " + SECRET + "}",
            "{'" + SECRET + "':1,'" + SECRET + "':2",
            "['" + SECRET + "']")) {
      registry.next(4, "POST", "/token", FakeRegistry.text(200, answer));
      registry.next(4, "GET", "/token", FakeRegistry.text(200, answer));
      failBothWays(archive, "--authfile", file.toString());
    }
    registry.always("POST", "/token", FakeRegistry.status(403));
    failBothWays(archive, "--authfile", file.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://HOST/elsewhere?sig=s3cr3t",
        "https://me:s3cr3t@HOST/elsewhere",
        "ftp://me:s3cr3t@elsewhere/x",
        "https://elsewhere.invalid:1/?sig=s3cr3t",
        "https://elsewhere/ <s3cr3t>",
        "/v2/x?sig=s3cr3t",
      })
  void showsNoSignaturesOfAddresses(String location) throws IOException {
    String archive = archive();
    String there = location.replace("HOST", registry.domain());
    registry.always("HEAD", "/v2/a/.*", FakeRegistry.status(404));
    registry.always("GET", "/v2/a/.*", FakeRegistry.status(307, "Location", there));
    registry.always("POST", ".*", FakeRegistry.status(202, "Location", there));
    registry.always("PATCH", ".*", FakeRegistry.status(403));
    failBothWays(archive);
  }

  @Test
  void showsNoPasswordOfAProxy() throws IOException {
    String archive = archive();
    variables.put("HTTPS_PROXY", "http://me:" + SECRET + "@127.0.0.1:1");
    variables.put("HTTP_PROXY", "http://me:" + SECRET + "@127.0.0.1:1");
    Run run = run("push", archive, "registry.invalid/a:1", "--verbose", "--creds", "me:" + SECRET);
    assertThat(run.status()).as(run.err()).isEqualTo(1);
    assertNoSecrets();
  }
}
