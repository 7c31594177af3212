namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Counts what this process holds of Linux.</summary>
internal static class ProcessResources
{
    private const string DescriptorFolder = "/proc/self/fd";

    /// <summary>Counts open descriptors of the kinds that the Hosted machine makes for user interrupts.</summary>
    /// <remarks>Others come and go as .NET likes.</remarks>
    public static int Descriptors => Directory.EnumerateFileSystemEntries(DescriptorFolder)
        .Select(Target)
        .Count(target => target.StartsWith("/memfd:rel4-", StringComparison.Ordinal)
            || target.Contains("[eventfd]", StringComparison.Ordinal) || target.Contains("pipe:[", StringComparison.Ordinal));

    /// <summary>Counts all open descriptors but those of files, which .NET keeps of each assembly from whenever code comes to it.</summary>
    public static int OpenDescriptors => Directory.EnumerateFileSystemEntries(DescriptorFolder)
        .Select(Target)
        .Count(target => target.StartsWith("/memfd:", StringComparison.Ordinal) || !target.StartsWith('/'));

    /// <summary>Counts mappings of files that the Hosted machine makes.</summary>
    public static int SharedMappings => File.ReadLines("/proc/self/maps").Count(line => line.Contains("/memfd:rel4-", StringComparison.Ordinal));

    /// <summary>Counts both, without what earlier tests left to finalizers. More of them later is a leak; fewer is none.</summary>
    public static (int Descriptors, int SharedMappings) CountForGood()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (Descriptors, SharedMappings);
    }

    /// <summary>Finds the open descriptors of a memfd, as paths that open the file anew.</summary>
    public static IReadOnlyList<string> Find(string name) =>
        [.. Directory.EnumerateFileSystemEntries(DescriptorFolder).Where(path => Target(path).StartsWith($"/memfd:{name}", StringComparison.Ordinal))];

    private static string Target(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
