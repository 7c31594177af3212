using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]
// They count threads and what the whole process has, and find what the host holds by TaskContext.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
