String log = new File(basedir, 'build.log').getText('UTF-8')
['features of 3 dimensions', 'logged by ch.qos.logback.classic.LoggerContext'].each {
  if (!log.contains(it)) {
    throw new IllegalStateException("'${it}' is not in build.log")
  }
}
// What SLF4J says of several bindings, and Spring of another commons-logging.
['multiple SLF4J', 'Failed to load class', 'commons-logging.jar'].each {
  if (log.contains(it)) {
    throw new IllegalStateException("'${it}' is in build.log")
  }
}
true
