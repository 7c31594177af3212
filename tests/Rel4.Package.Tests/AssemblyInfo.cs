using System.Runtime.Versioning;
using Rel4.Package.Tests;

[assembly: SupportedOSPlatform("linux")]
// Packed once for all tests.
[assembly: AssemblyFixture(typeof(Packages))]
