using System.Collections;
using System.Reflection;
using Rel4.Kernel.Tests;
using Rel4.Refinement.Tests;

namespace Rel4.Kernel.Mutants;

/// <summary>Is a test that mutants must survive.</summary>
internal sealed record Trial(string Name, Action Run);

/// <summary>Lists the tests that kill mutants: the kernel's own, random calls from fixed seeds, and stories told beside the specification.</summary>
internal static class KillSuite
{
    private const int Stories = 8;
    private const int Episodes = 4;

    /// <summary>Gets the trials, the same in every process.</summary>
    public static IReadOnlyList<Trial> All { get; } =
    [
        .. OfKernelTests(),
        .. Enumerable.Range(0, Episodes).Select(seed => new Trial($"random calls {seed}", () => RunEpisode((ulong)seed))),
        .. Enumerable.Range(0, Stories).Select(seed => new Trial($"story {seed}", () => Tell(seed, Preemption.Never))),
        .. Enumerable.Range(0, Stories / 4).Select(seed => new Trial($"preempted story {seed}", () => Tell(seed, Preemption.Always))),
    ];

    private static readonly Dictionary<int, RememberedStory> Remembered = [];

    private static IEnumerable<Trial> OfKernelTests() =>
        from type in typeof(RandomCallTests).Assembly.GetTypes().OrderBy(type => type.FullName, StringComparer.Ordinal)
        where type.Name.EndsWith("Tests", StringComparison.Ordinal) && type != typeof(RandomCallTests) && type != typeof(AllocationTests)
        from method in type.GetMethods().OrderBy(method => method.Name, StringComparer.Ordinal)
        where method.IsDefined(typeof(FactAttribute))
        from arguments in ArgumentsOf(type, method)
        select new Trial($"{type.Name}.{method.Name}({string.Join(", ", arguments)})", () => Run(type, method, arguments));

    private static IEnumerable<object?[]> ArgumentsOf(Type type, MethodInfo method)
    {
        if (!method.IsDefined(typeof(TheoryAttribute)))
            return [[]];
        IEnumerable<object?[]> inline = method.GetCustomAttributes<InlineDataAttribute>().Select(data => data.Data);
        IEnumerable<object?[]> members = method.GetCustomAttributes<MemberDataAttribute>().SelectMany(data =>
            ((IEnumerable)type.GetProperty(data.MemberName)!.GetValue(null)!).Cast<ITheoryDataRow>().Select(row => row.GetData()));
        return inline.Concat(members);
    }

    private static void Run(Type type, MethodInfo method, object?[] arguments)
    {
        object test = Activator.CreateInstance(type)!;
        using var _ = test as IDisposable;
        object?[] fitting = [.. method.GetParameters().Zip(arguments, Fit)];
        method.Invoke(test, BindingFlags.DoNotWrapExceptions, null, fitting, null);
    }

    private static object? Fit(ParameterInfo parameter, object? argument) =>
        argument is IConvertible && parameter.ParameterType.IsPrimitive
            ? Convert.ChangeType(argument, parameter.ParameterType, System.Globalization.CultureInfo.InvariantCulture)
            : argument;

    private static void RunEpisode(ulong seed)
    {
        const int Calls = 1500, CallsPerCheck = 50;
        using var episode = new GarbageEpisode(seed);
        for (int step = 1; step <= Calls && episode.Step(); step++)
        {
            if (step % CallsPerCheck == 0)
                Sim.Invariants.Check(episode.World.Kernel);
        }
    }

    private static void Tell(int seed, Preemption preemption)
    {
        if (!Remembered.TryGetValue(seed, out RememberedStory? story))
            Remembered[seed] = story = new RememberedStory(seed);
        if (story.FindDifference(preemption) is { } difference)
            throw new InvalidOperationException(difference);
    }
}
