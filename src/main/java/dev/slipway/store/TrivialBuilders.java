package dev.slipway.store;

import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Nixpkgs' trivial builders, without derivations: each adds one object whose path follows from its
 * content. Its references are found in it by scanning for candidates: what was named at the start,
 * what the builders were given, and what they made, each with its closure.
 */
public final class TrivialBuilders {
  private static final String CA_BUNDLE = "etc/ssl/certs/ca-bundle.crt";

  private final WritableStore store;
  private final Store all;
  private final Set<StorePath> candidates;

  /**
   * Builders that add to {@code store}.
   *
   * @param all the store in which the paths that objects refer to are valid; {@code store} or one
   *     that spans it
   * @param candidates the paths that may be referred to; their closures are not looked up
   */
  public TrivialBuilders(WritableStore store, Store all, Collection<StorePath> candidates) {
    this.store = store;
    this.all = all;
    this.candidates = new TreeSet<>(candidates);
  }

  /**
   * Builders that add to {@code store}, whose objects may refer to one another.
   *
   * @param store the store
   */
  public TrivialBuilders(WritableStore store) {
    this(store, store, Set.of());
  }

  /** Lays down what an archive holds. */
  @FunctionalInterface
  public interface Unpacker {
    /**
     * The folder with the files in {@code archive}, which stays until they are in the store.
     *
     * @throws IOException if it is no archive, or cannot be unpacked
     * @throws InterruptedException if the wait for that is interrupted
     */
    Path unpack(Path archive) throws IOException, InterruptedException;
  }

  /**
   * A file that holds {@code text}: the path that {@code builtins.toFile} gives.
   *
   * @throws IOException if it cannot be added
   */
  public StorePath writeText(String name, String text) throws IOException {
    return made(store.addText(name, text, scan(NarNode.Regular.of(text, false))));
  }

  /**
   * A directory that holds one file, {@code text}, at {@code path}; named after the file.
   *
   * @throws ImageException if {@code path} is not one that stays in the directory
   * @throws IOException if it cannot be added
   */
  public StorePath writeTextDir(String path, String text) throws IOException {
    List<String> components = Arrays.stream(path.split("/", -1)).filter(c -> !c.isEmpty()).toList();
    if (components.isEmpty() || components.contains("..") || components.contains(".")) {
      throw new ImageException("'" + path + "' is not the path of a file in a directory");
    }
    return add(components.getLast(), at(components, NarNode.Regular.of(text, false)));
  }

  /**
   * An executable file that holds {@code text}.
   *
   * @throws IOException if it cannot be added
   */
  public StorePath writeScript(String name, String text) throws IOException {
    return add(name, NarNode.Regular.of(text, true));
  }

  /**
   * A directory with {@code text} as the executable file {@code bin/NAME}.
   *
   * @throws IOException if it cannot be added
   */
  public StorePath writeScriptBin(String name, String text) throws IOException {
    return add(name, at(List.of("bin", name), NarNode.Regular.of(text, true)));
  }

  /**
   * A directory with {@code text} as the executable file {@code bin/NAME}, to be run by {@code
   * shell}.
   *
   * @param shell the absolute path of the shell
   * @throws IOException if it cannot be added
   */
  public StorePath writeShellScriptBin(String name, String text, String shell) throws IOException {
    return writeScriptBin(name, "#!" + shell + "\n" + text + "\n");
  }

  /**
   * An executable script that stops at the first failure and finds {@code coreutils}, then {@code
   * /bin}: root scripts are run in an empty environment.
   *
   * @param shell the absolute path of the shell
   * @param coreutils the logical path of the coreutils package
   * @throws IOException if it cannot be added
   */
  public StorePath shellScript(String name, String text, String shell, String coreutils)
      throws IOException {
    return writeScript(
        name, "#!" + shell + "\nset -e\nexport PATH=" + coreutils + "/bin:/bin\n" + text + "\n");
  }

  /**
   * The directories {@code paths} in one, as {@code lndir} joins them: links to their files, where
   * the first of several of one name wins.
   *
   * @param paths logical paths of directories in the store
   * @throws ImageException if one is not valid or no directory
   * @throws IOException if it cannot be added
   */
  public StorePath symlinkJoin(String name, List<String> paths) throws IOException {
    name(paths);
    return add(name, LinkFarm.of(all, paths));
  }

  /**
   * The packages {@code paths} in one: links to what only one of them has, directories for what
   * several have.
   *
   * @param paths logical paths of directories in the store
   * @param pathsToLink what is taken of them, each starting with a slash; {@code /} is everything
   * @throws ImageException if one is not valid or no directory, or two differ in a file
   * @throws IOException if it cannot be added
   */
  public StorePath buildEnv(String name, List<String> paths, List<String> pathsToLink)
      throws IOException {
    name(paths);
    return add(name, Environment.of(all, paths, pathsToLink));
  }

  /**
   * The packages {@code derivations} copied over one another, the last one's files count: what is
   * in a directory but for names that begin with a dot, and all that is in an archive. Unlike the
   * original's, they may have directories in common and be archives.
   *
   * @param derivations logical paths of directories and archives in the store
   * @param unpacker unpacks the archives
   * @throws ImageException if one is not valid or neither directory nor archive, or a directory and
   *     a file have one name
   * @throws IOException if it cannot be added
   * @throws InterruptedException if unpacking is interrupted
   */
  public StorePath mergeDrvs(List<String> derivations, Unpacker unpacker)
      throws IOException, InterruptedException {
    name(derivations);
    CopiedTrees trees = new CopiedTrees();
    StoreFiles files = new StoreFiles(all);
    for (String derivation : derivations) {
      Path real =
          files
              .real(RawName.of(derivation))
              .orElseThrow(
                  () -> new ImageException("cannot merge " + derivation + ": it leads nowhere"));
      boolean directory = Files.isDirectory(real);
      trees.add(directory ? real : unpacker.unpack(real), !directory);
    }
    return add("merge-drvs", trees.toNode());
  }

  /**
   * In place of the packages {@code derivations} a file that names them ({@code mergeDrvs} with
   * {@code onlyDeps}).
   *
   * @param derivations logical paths in the store
   * @throws ImageException if one is not valid
   * @throws IOException if it cannot be added
   */
  public StorePath onlyDeps(List<String> derivations) throws IOException {
    name(derivations);
    return writeText("merge-drvs", String.join(" ", derivations) + "\n");
  }

  /**
   * The files by which programs look up names, with root and nobody as the only users.
   *
   * @param passwdLines further lines of {@code /etc/passwd}, without line ends
   * @param groupLines further lines of {@code /etc/group}, without line ends
   * @throws IOException if it cannot be added
   */
  public StorePath fakeNss(List<String> passwdLines, List<String> groupLines) throws IOException {
    StorePath passwd =
        writeTextDir(
            "etc/passwd",
            "root:x:0:0:root user:/var/empty:/bin/sh\n"
                + lines(passwdLines)
                + "nobody:x:65534:65534:nobody:/var/empty:/bin/sh\n");
    StorePath group =
        writeTextDir("etc/group", "root:x:0:\n" + lines(groupLines) + "nobody:x:65534:\n");
    StorePath nsswitch = writeTextDir("etc/nsswitch.conf", "hosts: files dns\n");
    StorePath empty = add("var-empty", at(List.of("var", "empty"), NarNode.Directory.of(Map.of())));
    return symlinkJoin(
        "fake-nss",
        List.of(passwd.toString(), group.toString(), nsswitch.toString(), empty.toString()));
  }

  private static String lines(List<String> lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  /**
   * {@code /bin/sh}.
   *
   * @param bash the logical path of the bash package it links to
   * @throws ImageException if it is not valid or has no {@code bin/bash}
   * @throws IOException if it cannot be added
   */
  public StorePath binSh(String bash) throws IOException {
    requireIn(bash, "bin/bash");
    return add("bin-sh", at(List.of("bin", "sh"), NarNode.Symlink.to(bash + "/bin/bash")));
  }

  /**
   * {@code /usr/bin/env}.
   *
   * @param coreutils the logical path of the coreutils package it links to
   * @throws ImageException if it is not valid or has no {@code bin/env}
   * @throws IOException if it cannot be added
   */
  public StorePath usrBinEnv(String coreutils) throws IOException {
    requireIn(coreutils, "bin/env");
    return add(
        "usr-bin-env",
        at(List.of("usr", "bin", "env"), NarNode.Symlink.to(coreutils + "/bin/env")));
  }

  /**
   * The certificates of authorities, where distributions have them.
   *
   * @param cacert the logical path of the cacert package it links to
   * @throws ImageException if it is not valid or has no {@code etc/ssl/certs/ca-bundle.crt}
   * @throws IOException if it cannot be added
   */
  public StorePath caCertificates(String cacert) throws IOException {
    requireIn(cacert, CA_BUNDLE);
    NarNode bundle = NarNode.Symlink.to(cacert + "/" + CA_BUNDLE);
    NarNode certs =
        NarNode.Directory.of(Map.of("ca-bundle.crt", bundle, "ca-certificates.crt", bundle));
    NarNode tls = at(List.of("tls", "certs", "ca-bundle.crt"), bundle);
    NarNode etc =
        NarNode.Directory.of(
            Map.of("ssl", NarNode.Directory.of(Map.of("certs", certs)), "pki", tls));
    return add("ca-certificates", NarNode.Directory.of(Map.of("etc", etc)));
  }

  /**
   * A package of certificates, to be given to {@link #caCertificates}, that holds a bundle of this
   * machine's.
   *
   * @param bundle the certificates in PEM, one after the other
   * @throws IOException if it cannot be read or added
   */
  public StorePath cacert(Path bundle) throws IOException {
    NarNode file = new NarNode.OnDisk(bundle.toRealPath());
    return add("cacert", at(List.of(CA_BUNDLE.split("/", -1)), file));
  }

  /**
   * The text of a script that makes what the shadow tools need: an empty user database with root,
   * and a PAM configuration.
   *
   * @param shadow the path of the shadow package
   * @param shell the path of root's shell
   */
  public static String shadowSetup(String shadow, String shell) {
    return """
    export PATH=%s/bin:$PATH
    mkdir -p /etc/pam.d
    [[ -f /etc/passwd ]] || {
      printf 'root:x:0:0::/root:%%s\\n' '%s' > /etc/passwd
      printf 'root:!x:::::::\\n' > /etc/shadow
    }
    [[ -f /etc/group ]] || {
      printf 'root:x:0:\\n' > /etc/group
      printf 'root:x::\\n' > /etc/gshadow
    }
    [[ -f /etc/pam.d/other ]] || printf '%%s\\n' > /etc/pam.d/other \\
      'account sufficient pam_unix.so' \\
      'auth sufficient pam_rootok.so' \\
      'password requisite pam_unix.so nullok yescrypt' \\
      'session required pam_unix.so'
    [[ -f /etc/login.defs ]] || touch /etc/login.defs
    """
        .formatted(shadow, shell);
  }

  /** A directory with {@code node} at the path {@code components}. */
  private static NarNode at(List<String> components, NarNode node) {
    NarNode tree = node;
    for (String component : components.reversed()) {
      tree = NarNode.Directory.of(Map.of(component, tree));
    }
    return tree;
  }

  /** Names {@code object}, which must have something at {@code inside}. */
  private void requireIn(String object, String inside) throws IOException {
    name(List.of(object));
    int slash = inside.lastIndexOf('/');
    Optional<Path> folder =
        new StoreFiles(all).real(RawName.of(object + "/" + inside.substring(0, slash)));
    if (folder.isEmpty()
        || !Files.exists(
            folder.get().resolve(inside.substring(slash + 1)), LinkOption.NOFOLLOW_LINKS)) {
      throw new ImageException(object + " has no " + inside);
    }
  }

  /** Makes the closures of {@code paths} candidates. */
  private void name(List<String> paths) throws IOException {
    Set<StorePath> objects = new LinkedHashSet<>();
    for (String path : paths) {
      try {
        objects.add(StorePath.containing(store.storeDir(), path));
      } catch (IllegalArgumentException e) {
        throw new ImageException(e.getMessage() == null ? path : e.getMessage(), e);
      }
    }
    candidates.addAll(all.closure(objects).paths());
  }

  private StorePath add(String name, NarNode tree) throws IOException {
    return made(store.addTree(name, tree, scan(tree)));
  }

  private Set<StorePath> scan(NarNode tree) throws IOException {
    ReferenceScanner scanner = new ReferenceScanner(candidates);
    Nar.hash(tree, scanner);
    return scanner.found();
  }

  private StorePath made(StorePath path) {
    candidates.add(path);
    return path;
  }
}
