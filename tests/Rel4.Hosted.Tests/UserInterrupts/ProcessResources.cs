namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Counts what this process holds of Linux.</summary>
internal static class ProcessResources
{
    private const string DescriptorFolder = "/proc/self/fd";

    /// <summary>Counts open descriptors.</summary>
    public static int Descriptors => Directory.EnumerateFileSystemEntries(DescriptorFolder).Count();

    /// <summary>Counts mappings of files that the Hosted machine makes.</summary>
    public static int SharedMappings => File.ReadLines("/proc/self/maps").Count(line => line.Contains("/memfd:rel4-", StringComparison.Ordinal));

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
