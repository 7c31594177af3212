using Rel4.Abi;

namespace Rel4.Hosted.Composition;

/// <summary>Composes what the composing process itself may do in the system: it calls and serves as a task does.</summary>
/// <remarks>
/// Once it was granted something, <see cref="TaskContext"/> finds that in this process while the system runs, and any thread may call, send, signal and wait
/// through it; to receive, run an executor on a thread of its own (<see cref="Rel4.Runtime.ReL4.Run(Func{ValueTask})"/>).
/// </remarks>
public sealed class HostTaskBuilder
{
    internal HostTaskBuilder()
    {
    }

    /// <summary>Gets whether the process takes part from the start: it was given something.</summary>
    internal bool IsUsed { get; private set; }

    /// <summary>Gets it as it is now.</summary>
    internal HostDefinition Definition { get; private set; } = new();

    /// <summary>Gives this process a capability.</summary>
    /// <param name="name">The name by which this process finds it.</param>
    /// <param name="definition">The object it is for.</param>
    /// <param name="rights">What this process may do with the object. Calling takes Write and Grant, receiving Read and Grant.</param>
    /// <param name="badge">What receivers see of this process; 0 has the system choose, as <see cref="TaskBuilder.Grant"/> does.</param>
    public HostTaskBuilder Grant(string name, ObjectDefinition definition, CapRights rights, ulong badge = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(definition);
        Definition = Definition with { Grants = Definition.Grants.Add(new GrantDefinition(name, definition, rights, badge)) };
        IsUsed = true;
        return this;
    }

    /// <summary>Sets the memory that this process' end of each channel is made from.</summary>
    /// <param name="sizeBits">Log2 of its bytes, 22 (one channel) or more.</param>
    public HostTaskBuilder AsyncMemory(int sizeBits)
    {
        Definition = Definition with { AsyncMemoryBits = sizeBits };
        IsUsed = true;
        return this;
    }
}
