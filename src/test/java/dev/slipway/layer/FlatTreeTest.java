package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlatTreeTest {
  private static final String ROOT = "5 755 ./";

  private static RawTar tar() {
    return new RawTar();
  }

  private static RawTar directory(RawTar tar, String name, String mode) {
    return tar.member('5', name).text(100, 8, mode);
  }

  @Test
  void anImageWithoutLayersIsAnEmptyRoot() throws IOException {
    assertThat(Flattened.of()).containsExactly(ROOT);
  }

  @Test
  void theRootIsRootsWhateverALayerSays() throws IOException {
    for (String name : List.of("./", "/", ".", "./.", "//")) {
      byte[] layer = directory(tar(), name, "0000775").text(108, 8, "0000007").end();
      assertThat(Flattened.of(layer)).as(name).containsExactly(ROOT);
    }
  }

  @Test
  void namesMeanTheSameHoweverTheyAreWritten() throws IOException {
    byte[] layer =
        tar()
            .file("./a", "1")
            .file("/b", "2")
            .file("c//./d", "3")
            .file("e/../f".substring(5), "4")
            .end();

    assertThat(Flattened.of(layer))
        .containsExactly(
            ROOT, "0 644 ./a 1", "0 644 ./b 2", "5 755 ./c/", "0 644 ./c/d 3", "0 644 ./f 4");
  }

  @Test
  void membersAreSortedByTheBytesOfEachName() throws IOException {
    RawTar tar = tar();
    for (String name : List.of("a0", "a/b", "a.b", "a-b", "a b", "\u00e9", "Z", "a\t")) {
      tar.file(name, "");
    }

    assertThat(Flattened.of(tar.end()))
        .containsExactly(
            ROOT,
            "0 644 ./Z",
            "5 755 ./a/",
            "0 644 ./a/b",
            "0 644 ./a\t",
            "0 644 ./a b",
            "0 644 ./a-b",
            "0 644 ./a.b",
            "0 644 ./a0",
            "0 644 ./\ufffd");
  }

  @Test
  void everySortOfFileIsKept() throws IOException {
    byte[] layer =
        tar()
            .file("file", "content")
            .text(100, 8, "0106755")
            .text(108, 8, "0001750")
            .text(116, 8, "0000144")
            .link('2', "link", "to/nowhere")
            .text(100, 8, "0000644")
            .member('6', "fifo")
            .member('3', "null")
            .text(329, 8, "0000001")
            .text(337, 8, "0000003")
            .member('4', "disk")
            .text(329, 8, "0000010")
            .text(337, 8, "0000001")
            .member('5', "dir/")
            .text(100, 8, "0001777")
            .end();

    assertThat(Flattened.of(layer))
        .containsExactly(
            ROOT,
            "5 1777 ./dir/",
            "4 644 ./disk 8,1",
            "6 644 ./fifo",
            "0 6755 1000:100 ./file content",
            "2 777 ./link -> to/nowhere",
            "3 644 ./null 1,3");
  }

  @Test
  void onlyRootHasANameAndNoGroupHas() throws IOException {
    byte[] layer =
        tar()
            .file("mine", "")
            .text(265, 32, "me")
            .text(297, 32, "us")
            .file("yours", "")
            .text(108, 8, "0000001")
            .text(265, 32, "root")
            .end();
    TarReader reader = new TarReader(new ByteArrayInputStream(Flattened.tar(layer)), "out");

    List<String> owners = new ArrayList<>();
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      TarHeader header = member.header();
      owners.add(header.userName() + ":" + header.groupName());
      assertThat(header.mtime()).isEqualTo(7);
    }
    assertThat(owners).containsExactly("root:", "root:", ":");
  }

  @Test
  void anUpperLayerLiesOverALowerOne() throws IOException {
    byte[] lower =
        directory(tar(), "d/", "0000700").file("d/kept", "1").file("d/changed", "1").end();
    byte[] upper =
        directory(tar(), "d/", "0000711").file("d/changed", "22").file("d/new", "2").end();

    assertThat(Flattened.of(lower, upper))
        .containsExactly(
            ROOT, "5 711 ./d/", "0 644 ./d/changed 22", "0 644 ./d/kept 1", "0 644 ./d/new 2");
  }

  @Test
  void parentsThatALayerLeavesOutStayAsTheyAre() throws IOException {
    byte[] lower = directory(tar(), "d/", "0000700").end();
    byte[] upper = tar().file("d/e/f", "").end();

    assertThat(Flattened.of(lower, upper))
        .containsExactly(ROOT, "5 700 ./d/", "5 755 ./d/e/", "0 644 ./d/e/f");
  }

  @ParameterizedTest
  @ValueSource(chars = {'0', '1', '2', '3', '6'})
  void whatIsNoDirectoryReplacesOneAndAllInIt(char type) throws IOException {
    byte[] lower = tar().file("d/e/f", "").file("g", "").end();
    byte[] upper = tar().file("d0", "").link(type, "d", "d0").end();

    assertThat(Flattened.of(lower, upper))
        .hasSize(4)
        .anySatisfy(line -> assertThat(line).contains(" ./d").doesNotContain("./d0"))
        .noneSatisfy(line -> assertThat(line).contains("./d/"));
  }

  @ParameterizedTest
  @ValueSource(chars = {'0', '2', '6'})
  void aDirectoryReplacesWhatIsNone(char type) throws IOException {
    byte[] lower = tar().file("e/kept", "").link(type, "d", "e").end();

    assertThat(Flattened.of(lower, directory(tar(), "d/", "0000700").file("d/f", "").end()))
        .containsExactly(ROOT, "5 700 ./d/", "0 644 ./d/f", "5 755 ./e/", "0 644 ./e/kept");
    assertThat(Flattened.of(lower, tar().file("d/f", "").end()))
        .containsExactly(ROOT, "5 755 ./d/", "0 644 ./d/f", "5 755 ./e/", "0 644 ./e/kept");
  }

  @Test
  void aDirectoryThatReplacesAFileIsEmptyAgain() throws IOException {
    byte[] bottom = tar().file("d/old", "").end();
    byte[] middle = tar().file("d", "").end();
    byte[] top = directory(tar(), "d/", "0000750").file("d/new", "").end();

    assertThat(Flattened.of(bottom, middle, top))
        .containsExactly(ROOT, "5 750 ./d/", "0 644 ./d/new");
  }

  @Test
  void aWhiteoutHidesAFileOrAWholeDirectory() throws IOException {
    byte[] lower = tar().file("d/e/f", "").file("d/g", "").file("h", "").file("i", "").end();
    byte[] upper = tar().file("d/.wh.e", "").file(".wh.h", "").end();

    assertThat(Flattened.of(lower, upper))
        .containsExactly(ROOT, "5 755 ./d/", "0 644 ./d/g", "0 644 ./i");
  }

  @Test
  void aWhiteoutHidesWhatLowerLayersHaveOnlyWhereverItStands() throws IOException {
    byte[] lower = directory(tar(), "d/", "0000700").file("d/old", "").file("f", "1").end();
    byte[] before =
        tar().file(".wh.d", "").file(".wh.f", "").file("d/new", "").file("f", "2").end();
    byte[] behind =
        tar().file("d/new", "").file("f", "2").file(".wh.d", "").file(".wh.f", "").end();

    for (byte[] upper : List.of(before, behind)) {
      assertThat(Flattened.of(lower, upper))
          .containsExactly(ROOT, "5 755 ./d/", "0 644 ./d/new", "0 644 ./f 2");
    }
  }

  @Test
  void aWhiteoutOfNothingIsNoFault() throws IOException {
    assertThat(Flattened.of(tar().file(".wh.x", "").end())).containsExactly(ROOT);
    assertThat(Flattened.of(tar().file("f", "").end(), tar().file("f2/.wh.x", "").end()))
        .containsExactly(ROOT, "0 644 ./f", "5 755 ./f2/");
  }

  @Test
  void whatAWhiteoutHidComesBackEmpty() throws IOException {
    byte[] lower = tar().file("d/old", "").end();
    byte[] middle = tar().file(".wh.d", "").end();
    byte[] top = tar().member('5', "d/").end();

    assertThat(Flattened.of(lower, middle, top)).containsExactly(ROOT, "5 644 ./d/");
  }

  @Test
  void anOpaqueDirectoryHidesWhatLowerLayersHaveInIt() throws IOException {
    byte[] lower =
        directory(tar(), "d/", "0000700").file("d/old", "").file("d/e/old", "").file("f", "").end();
    byte[] before = tar().file("d/.wh..wh..opq", "").file("d/e/new", "").end();
    byte[] behind = tar().file("d/e/new", "").file("d/.wh..wh..opq", "").end();

    for (byte[] upper : List.of(before, behind)) {
      assertThat(Flattened.of(lower, upper))
          .containsExactly(ROOT, "5 700 ./d/", "5 755 ./d/e/", "0 644 ./d/e/new", "0 644 ./f");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {".wh..wh..opq", "./.wh..wh..opq", "/.wh..wh..opq"})
  void theRootCanBeOpaque(String marker) throws IOException {
    byte[] lower = tar().file("d/old", "").file("f", "").end();
    byte[] upper = tar().file("new", "").file(marker, "").end();

    assertThat(Flattened.of(lower, upper)).containsExactly(ROOT, "0 644 ./new");
  }

  @Test
  void anOpaqueMarkerMakesItsDirectory() throws IOException {
    byte[] lower = tar().link('2', "l", "elsewhere").file("elsewhere/f", "").end();
    byte[] upper = tar().file("l/.wh..wh..opq", "").end();

    assertThat(Flattened.of(lower, upper))
        .containsExactly(ROOT, "5 755 ./elsewhere/", "0 644 ./elsewhere/f", "5 755 ./l/");
  }

  @Test
  void whiteoutsNeverGoThroughLinks() throws IOException {
    byte[] lower = tar().file("d/f", "").link('2', "l", "d").end();
    byte[] upper = tar().file("l/.wh.f", "").end();

    assertThat(Flattened.of(lower, upper))
        .containsExactly(ROOT, "5 755 ./d/", "0 644 ./d/f", "5 755 ./l/");
  }

  @Test
  void whatAufsKeepsForItselfIsNotShown() throws IOException {
    byte[] layer =
        tar()
            .file(".wh..wh.aufs", "")
            .member('5', ".wh..wh.plnk/")
            .file(".wh..wh.plnk/12.34", "content")
            .link('1', "f", ".wh..wh.plnk/12.34")
            .end();

    assertThat(Flattened.of(layer)).containsExactly(ROOT, "0 644 ./f content");
  }

  @Test
  void hardLinksAreCopies() throws IOException {
    byte[] layer =
        tar()
            .file("d/f", "content")
            .text(100, 8, "0000755")
            .text(108, 8, "0000005")
            .link('2', "s", "d/f")
            .link('1', "a", "./d/f")
            .link('1', "b", "/a")
            .link('1', "t", "s")
            .link('1', "t2", "t2".substring(0, 1))
            .end();

    assertThat(Flattened.of(layer))
        .containsExactly(
            ROOT,
            "0 755 5:0 ./a content",
            "0 755 5:0 ./b content",
            "5 755 ./d/",
            "0 755 5:0 ./d/f content",
            "2 777 ./s -> d/f",
            "2 777 ./t -> d/f",
            "2 777 ./t2 -> d/f");
  }

  @Test
  void hardLinksKeepTheirContentWhenTheOtherNameIsGone() throws IOException {
    byte[] lower =
        tar().file("f", "1").link('1', "g", "f").file("f", "2").link('1', "h", "f").end();
    byte[] upper = tar().file(".wh.f", "").end();

    assertThat(Flattened.of(lower)).contains("0 644 ./f 2", "0 644 ./g 1", "0 644 ./h 2");
    assertThat(Flattened.of(lower, upper)).containsExactly(ROOT, "0 644 ./g 1", "0 644 ./h 2");
  }

  @ParameterizedTest
  @CsvSource({"missing", "lower", "dir", "later", "l/f", "h"})
  void hardLinksToNothingOfTheirLayerAreRefused(String target) {
    byte[] lower = tar().file("lower", "").file("l2/f", "").link('2', "l", "l2").end();
    byte[] upper = tar().member('5', "dir/").link('1', "h", target).file("later", "").end();

    assertThatThrownBy(() -> Flattened.of(lower, upper))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "layer 2: entry h is a hard link to %s, which is no file of the layer before it",
            target);
  }

  @Test
  void theLaterOfTwoEntriesCounts() throws IOException {
    byte[] layer =
        tar()
            .file("f", "1")
            .file("./f", "2")
            .file("d/x", "")
            .file("d", "now a file")
            .file("e", "")
            .member('5', "e/")
            .file("e/y", "")
            .end();

    assertThat(Flattened.of(layer))
        .containsExactly(ROOT, "0 644 ./d now a file", "5 644 ./e/", "0 644 ./e/y", "0 644 ./f 2");
  }

  @Test
  void entriesGoWhereTheLinksOfTheirLayerLead() throws IOException {
    byte[] layer =
        tar()
            .member('5', "usr/lib/")
            .link('2', "lib", "usr/lib")
            .link('2', "usr/up", "../lib/./deep")
            .link('2', "abs", "/usr/../../usr/lib")
            .file("lib/a", "")
            .file("usr/up/b", "")
            .file("abs/c", "")
            .link('1', "h", "lib/a")
            .end();

    assertThat(Flattened.of(layer))
        .containsExactly(
            ROOT,
            "2 777 ./abs -> /usr/../../usr/lib",
            "0 644 ./h",
            "2 777 ./lib -> usr/lib",
            "5 755 ./usr/",
            "5 644 ./usr/lib/",
            "0 644 ./usr/lib/a",
            "0 644 ./usr/lib/c",
            "5 755 ./usr/lib/deep/",
            "0 644 ./usr/lib/deep/b",
            "2 777 ./usr/up -> ../lib/./deep");
  }

  @Test
  void linksThatLeadInCirclesAreRefused() {
    byte[] layer = tar().link('2', "a", "b").link('2', "b", "a").file("a/f", "").end();

    assertThatThrownBy(() -> Flattened.of(layer))
        .isInstanceOf(ImageException.class)
        .hasMessage("layer 1: entry a lies behind too many links");
  }

  @Test
  void linksOnLinksHaveABound() {
    RawTar tar = tar().link('2', "l0", ".");
    String name = "l0";
    for (int i = 1; i < 39; i++) {
      tar.link('2', "l" + i, name + "/" + name);
      name = "l" + i;
    }
    byte[] layer = tar.file(name + "/f", "").end();

    assertThatThrownBy(() -> Flattened.of(layer))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith("lies behind too many links");
  }

  @Test
  void whatLiesBelowAFileOfItsLayerIsRefused() {
    assertThatThrownBy(() -> Flattened.of(tar().file("a", "").file("a/b/c", "").end()))
        .isInstanceOf(ImageException.class)
        .hasMessage("layer 1: entries lie below a/b, but a is no directory");
  }

  @ParameterizedTest
  @CsvSource({
    "0, ., layer 1: an entry has the root's place",
    "2, ./, layer 1: an entry has the root's place",
    "0, a/../b, layer 1: entry a/../b has '..' in its name",
    "5, .., layer 1: entry .. has '..' in its name",
    "0, .wh., layer 1: entry .wh. is a whiteout that names no entry",
    "0, a/.wh.., layer 1: entry a/.wh.. is a whiteout that names no entry",
    "0, .wh..., layer 1: entry .wh... has '..' in its name",
  })
  void namesThatMeanNothingAreRefused(char type, String name, String message) {
    assertThatThrownBy(() -> Flattened.of(tar().link(type, name, "x").end()))
        .isInstanceOf(ImageException.class)
        .hasMessage(message);
  }

  @Test
  void namesLongerThanLinuxTakesAreRefused() {
    byte[] layer = tar().longFile("a/".repeat(2100), new byte[0]).end();

    assertThatThrownBy(() -> Flattened.of(layer))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "layer 1: an entry has a name of 4200 bytes, more than the 4096 that Linux takes");
  }

  @Test
  void longAndOddNamesAreKept() throws IOException {
    String name = "n".repeat(255) + "/" + "m".repeat(255);
    String target = "t".repeat(300);
    byte[] layer =
        tar()
            .longFile(name, "x".getBytes(StandardCharsets.UTF_8))
            .extension('K', target + "\0")
            .link('2', "link", "t")
            .file("new\nline", "")
            .file("\u00ff", "")
            .end();

    assertThat(Flattened.of(layer))
        .contains("0 644 ./" + name + " x", "2 777 ./link -> " + target, "0 644 ./new\nline");
  }

  @Test
  void sparseFilesHaveTheirHoles() throws IOException {
    byte[] layer =
        tar()
            .pax("GNU.sparse.size", "9", "GNU.sparse.offset", "4", "GNU.sparse.numbytes", "3")
            .file("a", "abc")
            .member('S', "b")
            .text(257, 8, "ustar  ")
            .text(386, 24, "00000000004\00000000000003")
            .text(483, 12, "00000000011")
            .content("abc".getBytes(StandardCharsets.UTF_8))
            .link('1', "c", "b")
            .end();

    assertThat(Flattened.of(layer))
        .containsExactly(
            ROOT,
            "0 644 ./a \0\0\0\0abc\0\0",
            "0 644 ./b \0\0\0\0abc\0\0",
            "0 644 ./c \0\0\0\0abc\0\0");
  }

  @Test
  void idsOfAnySizeAreKept() throws IOException {
    byte[] layer = tar().pax("uid", "4294967295", "gid", "36028797018963967").file("f", "").end();

    assertThat(Flattened.of(layer)).containsExactly(ROOT, "0 644 4294967295:36028797018963967 ./f");
  }

  @Test
  void manyNamesAreFoundAgain() throws IOException {
    long seed = 4711;
    SplittableRandom random = new SplittableRandom(seed);
    RawTar lower = tar();
    RawTar upper = tar();
    List<String> expected = new ArrayList<>(List.of(ROOT));
    for (int i = 0; i < 3000; i++) {
      String name = "f%05d".formatted(i);
      lower.file(name, "1");
      switch (random.nextInt(3)) {
        case 0 -> upper.file(".wh." + name, "");
        case 1 -> {
          upper.file(name, "2");
          expected.add("0 644 ./" + name + " 2");
        }
        default -> expected.add("0 644 ./" + name + " 1");
      }
    }

    assertThat(Flattened.of(lower.end(), upper.end())).as("seed %d", seed).isEqualTo(expected);
  }
}
