using System.ComponentModel;

namespace Rel4.Contracts;

/// <summary>The way to a callback that goes with a call. For generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ContractCallback
{
    private readonly ServerCallbacks _callbacks;
    private readonly byte _index;

    internal ContractCallback(ServerCallbacks callbacks, byte index)
    {
        _callbacks = callbacks;
        _index = index;
    }

    /// <summary>Makes what a proxy calls by.</summary>
    /// <param name="contract">The number of the callback's contract.</param>
    /// <param name="service">Its name.</param>
    public ContractClient Connect(uint contract, string service) => new(_callbacks, _index, contract, service);
}
