using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Rel4.Spec;

namespace Rel4.Refinement.Tests;

/// <summary>Is a sequence of acts that starts at boot.</summary>
/// <param name="Seed">What it was made from.</param>
/// <param name="Acts">The acts.</param>
internal sealed record Story(int Seed, ImmutableArray<Act> Acts)
{
    /// <summary>Makes up the story of a seed. Only the specification is asked, so it is the same whatever the kernel does.</summary>
    public static Story FromSeed(int seed)
    {
        const int Length = 140;
        var random = new Random(seed);
        SpecState state = Lockstep.FirstState();
        ImmutableArray<Act>.Builder acts = ImmutableArray.CreateBuilder<Act>();
        foreach (Act act in Prologue.For(state, random))
        {
            acts.Add(act);
            state = After(state, act);
        }
        for (int i = 0; i < Length; i++)
        {
            Act act = new Planner(state, random).Next();
            acts.Add(act);
            state = After(state, act);
        }
        return new Story(seed, acts.ToImmutable());
    }

    /// <summary>Makes the story of acts that random stories may lack.</summary>
    public static Story OfRareActs()
    {
        SpecState first = Lockstep.FirstState();
        ImmutableArray<Act> prologue = [.. Prologue.For(first, new Random(0))];
        return new Story(0, [.. prologue, .. Prologue.RareActs(first.Current!.Value, prologue.Aggregate(first, After))]);
    }

    /// <summary>Gives the specification's state after an act.</summary>
    public static SpecState After(SpecState state, Act act)
    {
        foreach (Command command in Lockstep.CommandsOf(state, act))
            state = Rel4.Spec.Spec.Step(state, command);
        return state;
    }

    /// <summary>Tells the story to the kernel, twice, and the specification.</summary>
    /// <returns>Which act they differ after, and in what; <see langword="null"/> if they agree throughout.</returns>
    public string? FindDifference(Preemption preemption = Preemption.Never, Sabotage? sabotage = null, Coverage? coverage = null)
    {
        using var both = new Lockstep(preemption, sabotage);
        for (int i = 0; i < Acts.Length && !both.HasParted; i++)
        {
            SpecState before = both.Spec;
            ulong fastCalls = both.FastCalls;
            if (both.Perform(Acts[i]) is { } difference)
                return $"after act {i}: {difference}";
            coverage?.Count(before, Acts[i], both.Spec, isFast: both.FastCalls != fastCalls);
        }
        coverage?.CountPreemptions(both.Preemptions);
        return null;
    }

    /// <summary>Gives shorter and plainer stories to try instead.</summary>
    public IEnumerable<Story> Shrunk()
    {
        for (int chunk = Math.Max(1, Acts.Length / 2); chunk > 0; chunk /= 2)
        {
            for (int start = 0; start + chunk <= Acts.Length; start += chunk)
                yield return this with { Acts = Acts.RemoveRange(start, chunk) };
        }
        for (int i = 0; i < Acts.Length; i++)
        {
            if (Acts[i] is not TrapAct { Buffer.IsEmpty: false } trap)
                continue;
            for (int word = 0; word < trap.Buffer.Length; word++)
                yield return this with { Acts = Acts.SetItem(i, trap with { Buffer = trap.Buffer.RemoveAt(word) }) };
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"the story of REL4_SEED={Seed}, {Acts.Length} acts:");
        for (int i = 0; i < Acts.Length; i++)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {i,3}  {Acts[i]}");
        return text.ToString();
    }
}
