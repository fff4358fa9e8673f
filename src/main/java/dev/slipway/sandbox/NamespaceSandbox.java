package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import dev.slipway.sandbox.Ladder.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs scripts in namespaces of this machine's kernel: of root in its own right, of anybody else as
 * root of a user namespace. {@code docs/security.md} says what that promises.
 */
public final class NamespaceSandbox implements Sandbox {
  private static final long MOST_IDS = (1L << 32) - 1;

  private final SandboxSettings settings;
  private final Ladder ladder;

  /** A sandbox that makes the best of what this system allows. */
  public NamespaceSandbox(SandboxSettings settings) {
    this(settings, Ladder.WHOLE);
  }

  /** A sandbox that may fall back only on what {@code ladder} has. */
  NamespaceSandbox(SandboxSettings settings, Ladder ladder) {
    this.settings = settings;
    this.ladder = ladder;
  }

  /**
   * Why this system cannot run scripts so; empty if it can.
   *
   * @throws IOException if that cannot be found out
   * @throws InterruptedException if waiting for it is interrupted
   */
  public static Optional<String> refusal() throws IOException, InterruptedException {
    try {
      ids(Ladder.WHOLE);
      return Optional.empty();
    } catch (ImageException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * What of this system decides what scripts may do here, and so what they leave.
   *
   * @throws ImageException if it cannot run scripts so
   * @throws IOException if that cannot be found out
   * @throws InterruptedException if waiting for it is interrupted
   */
  public static String kind() throws IOException, InterruptedException {
    return "namespaces " + ids(Ladder.WHOLE);
  }

  @Override
  public Changeset run(ScriptRun run) throws IOException, InterruptedException {
    Ids ids = ids(ladder);
    Removal removal = new Removal(ids);
    RunFolder folder = RunFolder.create(settings.temporary(), removal);
    boolean whole = false;
    try {
      Changeset changes = new NamespaceRun(settings, ladder, run, folder, removal).run();
      whole = true;
      return changes;
    } finally {
      if (!whole) {
        folder.close();
      }
    }
  }

  /**
   * Whether all users are there, as they are outside user namespaces alone: the root of one can do
   * little more than anybody else.
   *
   * @param map what {@code uid_map} of user_namespaces(7) says
   */
  static boolean hasAllIds(String map) {
    return map.strip().replaceAll("\\s+", " ").equals("0 0 " + MOST_IDS);
  }

  /** What unshare(2) means by a disk that is full. */
  static String explained(String reason) {
    return reason.endsWith("No space left on device")
        ? reason + " (as many as user.max_user_namespaces allows are there)"
        : reason;
  }

  /** The best that this system allows. */
  private static Ids ids(Ladder ladder) throws IOException, InterruptedException {
    boolean root =
        Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid
            && uid == 0
            && hasAllIds(Files.readString(Path.of("/proc/self/uid_map")));
    String reason = "nothing is left to try";
    for (Ids ids : ladder.ids()) {
      if (ids == Ids.ALL && !root) {
        continue;
      }
      List<String> command = new ArrayList<>(Namespace.unshare(ids));
      command.add("true");
      Process process;
      try {
        process = Namespace.builder(Path.of("/"), command, Map.of()).start();
      } catch (IOException e) {
        throw new ImageException("scripts as root need the program unshare of util-linux", e);
      }
      OutputLines complaints =
          new OutputLines(process.errorReader(java.nio.charset.StandardCharsets.UTF_8), _ -> {});
      if (process.waitFor() == 0) {
        return ids;
      }
      reason = explained(Namespace.reason(complaints.last()));
    }
    throw new ImageException(
        "scripts as root need namespaces, which this system refuses: " + reason);
  }
}
