String log = new File(basedir, 'build.log').getText('UTF-8')
['semseg', 'normals'].each { task ->
  if (!(log =~ /(?m)^${task} \[2, \d+, \d+\]/).find()) {
    throw new IllegalStateException("no features of ${task} in build.log")
  }
}
true
