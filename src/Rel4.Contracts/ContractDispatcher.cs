using System.ComponentModel;

namespace Rel4.Contracts;

/// <summary>Has calls answered by an implementation of a contract. For generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ContractDispatcher
{
    /// <summary>Makes one.</summary>
    /// <param name="contract">The contract's number.</param>
    /// <param name="service">Its name.</param>
    /// <param name="needsSerializer">Whether it, or a callback of its methods, has types for which there is no generated code.</param>
    protected ContractDispatcher(uint contract, string service, bool needsSerializer)
    {
        Contract = contract;
        Service = service;
        NeedsSerializer = needsSerializer;
    }

    internal uint Contract { get; }

    internal string Service { get; }

    internal bool NeedsSerializer { get; }

    /// <summary>Reads the arguments of a call, and has its method answer it.</summary>
    public abstract void Dispatch(ref ContractCall call);

    /// <summary>Gets the name of a method; null if there is none of that number.</summary>
    public abstract string? NameOf(uint method);
}
