package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.base.Splitter;
import com.google.common.base.Strings;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is set, on which platform, and that what the user has set stays. */
class NativeSettingsTest {
  private static final CpuInfo AVX512 =
      CpuInfo.parse("flags : avx2 fma avx512f avx512bw avx512dq avx512vl");
  private static final CpuInfo OLD = CpuInfo.parse("flags : sse2");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Linux      | amd64   | | OPENBLAS_CORETYPE=SkylakeX,GOMP_SPINCOUNT=1000",
        "Linux      | x86_64  | | OPENBLAS_CORETYPE=SkylakeX,GOMP_SPINCOUNT=1000",
        "Linux      | amd64   | OPENBLAS_CORETYPE=Zen | GOMP_SPINCOUNT=1000",
        "Linux      | amd64   | OPENBLAS_CORETYPE= | OPENBLAS_CORETYPE=SkylakeX,GOMP_SPINCOUNT=1000",
        "Linux      | amd64   | GOMP_SPINCOUNT=0 | OPENBLAS_CORETYPE=SkylakeX",
        "Linux      | amd64   | OMP_WAIT_POLICY=active | OPENBLAS_CORETYPE=SkylakeX",
        "Linux      | amd64   | OPENBLAS_CORETYPE=Zen,OMP_WAIT_POLICY=passive | ",
        "Linux      | aarch64 | | GOMP_SPINCOUNT=1000",
        "Windows 11 | amd64   | | ",
        "Mac OS X   | x86_64  | | ",
      })
  void onlyWhatIsNeededAndNotSetIsSet(String os, String arch, String environment, String expected) {
    assertEquals(
        variables(expected),
        NativeSettings.choose(Platform.of(os, arch), AVX512, variables(environment)));
  }

  @ParameterizedTest
  @CsvSource({"amd64", "aarch64"})
  void aProcessorWithoutWideKernelsIsLeftToOpenBlas(String arch) {
    assertEquals(
        Map.of("GOMP_SPINCOUNT", "1000"),
        NativeSettings.choose(Platform.of("Linux", arch), OLD, Map.of()));
  }

  private static Map<String, String> variables(String text) {
    return Splitter.on(',')
        .omitEmptyStrings()
        .withKeyValueSeparator('=')
        .split(Strings.nullToEmpty(text));
  }
}
