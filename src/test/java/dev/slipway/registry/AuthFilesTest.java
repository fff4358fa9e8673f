package dev.slipway.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.RepositoryName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthFilesTest {
  @TempDir Path folder;

  private static String auth(String pair) {
    return "{'auth':'" + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8)) + "'}";
  }

  private Path write(String name, String json) throws IOException {
    return Files.writeString(folder.resolve(name), json.replace('\'', '"'));
  }

  private Credentials find(String repository, Path... files) throws IOException {
    return new AuthFiles(List.of(files), List.of(folder)).find(RepositoryName.parse(repository));
  }

  private String user(String repository, Path... files) throws IOException {
    return find(repository, files) instanceof Credentials.Password(var user, _) ? user : "nobody";
  }

  private void helper(String name, String script) throws IOException {
    Path program = folder.resolve("docker-credential-" + name);
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @ParameterizedTest
  @CsvSource({
    "example.com/a/b/c, deep",
    "example.com/a/b, deep",
    "example.com/a/x, middle",
    "example.com/x, host",
    "example.com:81/x, port",
    "example.org/x, nobody",
    "nginx, hub",
    "docker.io/a/b, hub",
    "old.com/a, old",
    "older.com/a, older",
  })
  void theMostSpecificKeyCounts(String repository, String user) throws IOException {
    Path file =
        write(
            "auth.json",
            "{'auths':{'example.com':%s,'example.com/a':%s,'example.com/a/b':%s,"
                    .formatted(auth("host:1"), auth("middle:1"), auth("deep:1"))
                + "'example.com:81':%s,'https://index.docker.io/v1/':%s,'https://old.com':%s,"
                    .formatted(auth("port:1"), auth("hub:1"), auth("old:1"))
                + "'older.com/v1/':%s}}".formatted(auth("older:1")));
    assertThat(user(repository, file)).isEqualTo(user);
  }

  @Test
  void passwordsMayHaveColonsAndNulsBehindThem() throws IOException {
    Path file = write("auth.json", "{'auths':{'a.com':" + auth("u:p:q\0\0") + "}}");
    assertThat(find("a.com/x", file)).isEqualTo(new Credentials.Password("u", "p:q"));
  }

  @Test
  void readsTokensAndPlainPasswords() throws IOException {
    Path file =
        write(
            "config.json",
            "{'auths':{'a.com':{'identitytoken':'i'},'b.com':{'registrytoken':'r'},"
                + "'c.com':{'username':'u','password':'p'},'d.com':{}}}");
    assertThat(find("a.com/x", file)).isEqualTo(new Credentials.IdentityToken("i"));
    assertThat(find("b.com/x", file)).isEqualTo(new Credentials.RegistryToken("r"));
    assertThat(find("c.com/x", file)).isEqualTo(new Credentials.Password("u", "p"));
    assertThat(find("d.com/x", file)).isEqualTo(new Credentials.Anonymous());
  }

  @Test
  void theFirstFileThatKnowsCounts() throws IOException {
    Path first = write("first", "{'auths':{'a.com':" + auth("one:1") + "}}");
    Path second = write("second", "{'auths':{'a.com':%s,'b.com':%1$s}}".formatted(auth("two:2")));
    Path none = folder.resolve("none");
    assertThat(user("a.com/x", none, first, second)).isEqualTo("one");
    assertThat(user("b.com/x", none, first, second)).isEqualTo("two");
  }

  @Test
  void asksPrograms() throws IOException {
    helper(
        "one",
        "[ \"$*\" = get ] || exit 9; "
            + "printf '{\"Username\":\"one\",\"Secret\":\"%s\"}' \"$(cat)\"");
    helper("two", "cat > /dev/null; echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'");
    helper("nothing", "echo credentials not found in native keychain; exit 1");
    Path file =
        write(
            "config.json",
            "{'credHelpers':{'a.com':'two','n.com':'nothing'},'credsStore':'one',"
                + "'auths':{'n.com':%s,'b.com':{}}}".formatted(auth("kept:1")));
    assertThat(find("a.com/x", file)).isEqualTo(new Credentials.IdentityToken("t"));
    assertThat(find("b.com/x", file)).isEqualTo(new Credentials.Password("one", "b.com"));
    assertThat(find("nginx", file))
        .isEqualTo(new Credentials.Password("one", "https://index.docker.io/v1/"));
    assertThat(user("n.com/x", file)).isEqualTo("kept");
  }

  @Test
  void saysWhichProgramHasFailed() throws IOException {
    helper("bad", "echo no; exit 3\n");
    helper("odd", "echo [1]\n");
    for (String name : List.of("bad", "odd", "absent", "../x")) {
      Path file = write("config.json", "{'credsStore':'" + name + "'}");
      assertThatThrownBy(() -> find("a.com/x", file))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("docker-credential-" + name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3cret", "czNjcmV0", "!s3cret"})
  void showsNothingOfWhatIsWrong(String auth) throws IOException {
    Path file = write("auth.json", "{'auths':{'a.com':{'auth':'" + auth + "'}}}");
    assertThatThrownBy(() -> find("a.com/x", file))
        .isInstanceOf(ImageException.class)
        .hasMessage(file + ": auths[\"a.com\"].auth: expected USER:PASSWORD in base 64")
        .hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{"})
  void refusesFilesThatAreNone(String json) throws IOException {
    Path file = write("auth.json", json);
    assertThatThrownBy(() -> find("a.com/x", file))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(file.toString());
  }
}
