using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Probe;

/// <summary>Starts a system where something that a start needs is missing.</summary>
internal static class Starts
{
    /// <summary>Runs a system of one task, and writes what a start fails of, as <c>rel4 run</c> does. Anything else is a crash.</summary>
    /// <param name="layers">Layers that the task requires.</param>
    public static int Run(string[] layers)
    {
        try
        {
            return Build(layers).RunAsync().GetAwaiter().GetResult();
        }
        catch (IOException failure)
        {
            Console.WriteLine($"failed: {failure.Message}");
            return 1;
        }
    }

    /// <summary>Starts it with more and more descriptors, until it runs.</summary>
    /// <returns>What the starts failed of.</returns>
    public static IEnumerable<string> RunOutOfDescriptors()
    {
        // So that .NET has loaded all that it needs.
        Build([]).RunAsync().GetAwaiter().GetResult();
        for (ulong more = 0; ; more++)
        {
            var failures = new List<string>();
            ResourceLimit before = ResourceLimit.Current(Resource.Descriptors);
            Set(before with { Soft = (ulong)Directory.GetFiles("/proc/self/fd").Length - 1 + more });
            int result = 1;
            try
            {
                result = Build([]).RunAsync(new SupervisionOptions { IsObservable = false }).GetAwaiter().GetResult();
            }
            catch (IOException failure)
            {
                failures.Add(failure.Message);
            }

            Set(before);
            foreach (string failure in failures)
                yield return failure;
            if (result == 0)
                yield break;
        }
    }

    private static SystemBuilder Build(string[] layers)
    {
        var builder = new SystemBuilder();
        TaskBuilder task = builder.AddTask("hello", Hello);
        foreach (string layer in layers)
            task.Require(Enum.Parse<SandboxLayers>(layer));
        return builder;
    }

    private static void Hello() => Console.WriteLine("hello");

    private static unsafe void Set(ResourceLimit limit) => SystemCall.Invoke(SystemCallNumber.prlimit64, 0, (nint)Resource.Descriptors, (nint)(&limit));

    /// <summary>Makes, uses and deletes folders of launchers until it is killed.</summary>
    public static int MakeFolders(string place)
    {
        Console.WriteLine("ready");
        while (true)
        {
            using var folder = LauncherFolder.Create(place);
            folder.Remove(folder.Add(owner: null));
        }
    }
}
