package dev.slipway.sandbox;

import dev.slipway.layer.FolderTree;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Runs a script beside its tree as Nix runs a builder: as an ordinary user without privileges,
 * whoever calls ({@code extraCommands}). It works where namespaces are refused, and so promises
 * little: the script has the caller's network and may read and write where the caller may.
 *
 * <p>Who owns the files is not for the script to say. What it leaves are the files of the run's
 * folder themselves: they are read when the layer is, not copied.
 */
public final class PlainSandbox implements Sandbox {
  private final SandboxSettings settings;
  private final long uid;
  private final long gid;

  /**
   * A sandbox.
   *
   * @param settings what it works with; it unpacks no layers, and so keeps none
   * @param uid the number of whom all belongs to that scripts leave
   * @param gid their group's number
   */
  public PlainSandbox(SandboxSettings settings, long uid, long gid) {
    this.settings = settings;
    this.uid = uid;
    this.gid = gid;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the run asks for another view than {@link View.Beside}, for
   *     bounds of disk or memory, for no network, or for a script of root's afterwards
   */
  @Override
  public Changeset run(ScriptRun run) throws IOException, InterruptedException {
    check(run);
    // The folders of others that were killed may hold files of a range of users.
    RunFolder folder = RunFolder.create(settings.temporary(), new Removal(Ladder.Ids.RANGE));
    boolean whole = false;
    try {
      Changeset changes = new Changeset(left(run, folder.path()), folder);
      whole = true;
      return changes;
    } finally {
      if (!whole) {
        folder.close();
      }
    }
  }

  private static void check(ScriptRun run) {
    if (!(run.view() instanceof View.Beside)
        || run.afterwards().isPresent()
        || run.limits().diskBytes().isPresent()
        || run.limits().memoryBytes().isPresent()
        || run.network() != ScriptRun.Network.HOST) {
      throw new IllegalArgumentException("more than an ordinary user's script can have");
    }
  }

  private TreeNode.Directory left(ScriptRun run, Path home)
      throws IOException, InterruptedException {
    Script script = run.script();
    Path tree = Files.createDirectory(home.resolve("tree"));
    SystemTar.unpack(run.beginning(), tree);
    try {
      new PlainProcess(home, settings.output()).run(script, tree, run.store(), run.limits().time());
    } catch (ScriptFailedException | ScriptTimedOutException e) {
      KeptTree.keep(settings, script.name(), kept -> kept.move(tree));
      throw e;
    }
    if (!Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
      throw new ImageException(script.name() + " put something else in the place of its folder");
    }
    return new FolderTree(uid, gid, settings.warnings()).read(tree);
  }
}
