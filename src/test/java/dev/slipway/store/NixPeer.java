package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Debian's Nix, working on a chroot store. */
public record NixPeer(Path root) {
  /** What a program printed and how it ended. */
  public record Result(int status, String out, String err) {
    public List<String> lines() {
      return out.lines().toList();
    }
  }

  /** Runs {@code nix-store} with these arguments and expects it to succeed. */
  public Result store(String... arguments) throws IOException, InterruptedException {
    Result result = run("nix-store", arguments);
    assertThat(result.status()).as(result.err()).isZero();
    return result;
  }

  /** Registers paths from what {@code nix-store --load-db} reads. */
  public void load(String registration) throws IOException, InterruptedException {
    Result result = run(registration, "nix-store", List.of("--load-db"));
    assertThat(result.status()).as(result.err()).isZero();
  }

  /** Runs a program of Nix's on this store. */
  public Result run(String program, String... arguments) throws IOException, InterruptedException {
    return run("", program, List.of(arguments));
  }

  private Result run(String input, String program, List<String> arguments)
      throws IOException, InterruptedException {
    Path errors = Files.createTempFile(root.getParent(), "nix", ".err");
    List<String> command = new ArrayList<>(List.of(program, "--store", "local?root=" + root));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("NIX_CONFIG", "build-users-group =\nsandbox = false\nsubstituters =");
    builder.environment().put("HOME", root.toString());
    Process process = builder.start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    byte[] out = process.getInputStream().readAllBytes();
    int status = process.waitFor();
    return new Result(status, new String(out, StandardCharsets.UTF_8), Files.readString(errors));
  }
}
