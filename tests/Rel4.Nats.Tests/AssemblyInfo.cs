using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]
// A process has one system at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
