using System.Collections.Immutable;
using System.Globalization;
using Rel4.Abi;

namespace Rel4.Hosted.Composition;

/// <summary>Names the kinds of capabilities that a task is given.</summary>
internal enum CapabilityKind
{
    Endpoint,
    Notification,
    Frame,
    Untyped,
}

/// <summary>Tells where a task finds one of its capabilities, and what it may do with it.</summary>
internal readonly record struct NamedCapability(string Name, CapabilityKind Kind, ulong Slot, CapRights Rights, ulong Badge);

/// <summary>Tells a task who it is and what it holds. It is no authority: that is in the CNode.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="CNodeBits">Log2 of the slots of its CNode.</param>
/// <param name="RuntimeMemoryBits">Log2 of the bytes that its runtime makes channels and threads from; 0 for none.</param>
/// <param name="Method">The method to run instead of <c>Main</c>.</param>
/// <param name="Capabilities">What it was granted.</param>
/// <remarks>
/// It is passed in an environment variable, as <c>task|bits|runtime bits|assembly|type|method|name,kind,slot,rights,badge|…</c>, since reading
/// that costs a task's start nothing. Names hold neither separator: the composer sees to that.
/// </remarks>
internal sealed record TaskManifest(
    string Task, int CNodeBits, int RuntimeMemoryBits, TaskMethod? Method, ImmutableArray<NamedCapability> Capabilities)
{
    /// <summary>Names the environment variable.</summary>
    public const string Variable = "REL4_TASK";

    private const int FixedFields = 6;

    /// <summary>Gets the slot of the first capability that was granted. It is not in the variable: only that of the composing process is another.</summary>
    public ulong FirstGrant { get; init; } = TaskSlots.FirstGrant;

    /// <summary>Gets the slot of the runtime's memory, if there is any.</summary>
    public ulong RuntimeMemory => FirstGrant + (ulong)Capabilities.Length;

    /// <summary>Gets the first slot that is free.</summary>
    public ulong FirstFree => RuntimeMemory + (RuntimeMemoryBits == 0 ? 0ul : 1);

    /// <summary>Gets the first of the free slots that the runtime uses: the program has the lower half.</summary>
    public ulong FirstRuntimeSlot => FirstFree + ((EndSlot - FirstFree) / 2);

    /// <summary>Gets the slot behind the last.</summary>
    public ulong EndSlot => 1UL << CNodeBits;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static TaskManifest Parse(string text)
    {
        string[] fields = text.Split('|');
        if (fields.Length < FixedFields)
            throw new FormatException($"{Variable} does not describe a task: '{text}'");
        return new TaskManifest(
            fields[0],
            int.Parse(fields[1], CultureInfo.InvariantCulture),
            int.Parse(fields[2], CultureInfo.InvariantCulture),
            fields[3].Length == 0 ? null : new TaskMethod(fields[3], fields[4], fields[5]),
            [.. fields[FixedFields..].Select(ParseCapability)]);
    }

    /// <summary>Writes it for the environment.</summary>
    public override string ToString() => string.Join(
        '|',
        [
            Task, CNodeBits.ToString(CultureInfo.InvariantCulture), RuntimeMemoryBits.ToString(CultureInfo.InvariantCulture),
            Method?.Assembly, Method?.Type, Method?.Name,
            .. Capabilities.Select(capability =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{capability.Name},{(int)capability.Kind},{capability.Slot},{(uint)capability.Rights},{capability.Badge}")),
        ]);

    private static NamedCapability ParseCapability(string text)
    {
        string[] fields = text.Split(',');
        return new NamedCapability(
            fields[0],
            (CapabilityKind)int.Parse(fields[1], CultureInfo.InvariantCulture),
            ulong.Parse(fields[2], CultureInfo.InvariantCulture),
            (CapRights)uint.Parse(fields[3], CultureInfo.InvariantCulture),
            ulong.Parse(fields[4], CultureInfo.InvariantCulture));
    }
}
