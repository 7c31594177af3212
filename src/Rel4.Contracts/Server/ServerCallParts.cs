using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>What goes with a call that a server has: streams that its client sends, and callbacks.</summary>
/// <param name="options">How to serve.</param>
/// <param name="token">The call's, which is another's when the call has ended: whatever looks at it looks first whether that is so.</param>
internal sealed class ServerCallParts(ContractServerOptions options, CancellationToken token)
{
    private readonly List<ServerInput> _inputs = [];
    private ServerCallbacks? _callbacks;

    public IContractSerializer? Serializer => options.Serializer;

    public CancellationToken Token => token;

    /// <summary>Gets how many items of a stream a client may send at a time.</summary>
    public int Credit { get; } = Math.Clamp(options.Credit, 1, ContractServerOptions.MostCredit);

    /// <summary>Gets or sets what the client's stream has failed by, so that it isn't taken for a failure of the method.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Gets the way to the callbacks.</summary>
    public ServerCallbacks Callbacks => _callbacks ??= new ServerCallbacks(options, token);

    /// <summary>Gets the callbacks; null if there are none.</summary>
    public ServerCallbacks? GivenCallbacks => _callbacks;

    public ServerInput<T, TCodec> AddStream<T, TCodec>(byte index)
        where TCodec : IContractCodec<T>
    {
        var input = new ServerInput<T, TCodec>(this, index);
        _inputs.Add(input);
        return input;
    }

    /// <summary>Gets a stream; null if there is none at that index.</summary>
    public ServerInput? StreamAt(byte index) => _inputs.Find(input => input.Index == index);

    /// <summary>Ends all, as the call has ended.</summary>
    public void End()
    {
        foreach (ServerInput input in _inputs)
            input.End();
        _callbacks?.End();
    }
}
