using System.ComponentModel;
using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>A call that generated code reads the arguments of and has a method answer: one to a server, or one of a callback to a client.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct ContractCall
{
    // Of a callback there is that one, and neither of the others.
    private readonly ContractServer? _server;
    private readonly ServerCall? _call;
    private readonly ClientCallback? _callback;

    /// <summary>What is left of the message.</summary>
    public ContractReader Arguments;

    internal ContractCall(ContractServer server, ServerCall call, ContractReader arguments)
    {
        _server = server;
        _call = call;
        Arguments = arguments;
    }

    internal ContractCall(ClientCallback callback, ContractReader arguments)
    {
        _callback = callback;
        Arguments = arguments;
    }

    /// <summary>Gets the method's number.</summary>
    public readonly uint Method => _call is not null ? _call.Method : _callback!.Method;

    /// <summary>Gets the badge of the capability that the call came through; 0 of a callback.</summary>
    public readonly ulong Badge => _call is not null ? _call.Badge : 0;

    /// <summary>Gets the token of the call; it is not to be kept when the method has ended.</summary>
    public readonly CancellationToken CancellationToken => _call is not null ? _call.Token : _callback!.Token;

    /// <summary>Ends the reading of arguments.</summary>
    /// <returns>False if they were not what the method takes, and the call is refused.</returns>
    public readonly bool TryBegin()
    {
        if (!Arguments.HasFailed && Arguments.IsAtEnd)
            return true;
        Refuse(ContractRefusal.Malformed);
        return false;
    }

    /// <summary>Ends the reading of arguments of a method that returns a stream, or that streams or callbacks go with.</summary>
    /// <returns>False if they were not what the method takes, or the client has too many such calls, and the call is refused.</returns>
    public readonly bool TryBeginLong() => TryBegin() && _server!.TryBeginLong(_call!);

    /// <summary>Gets a stream that the client sends with the call.</summary>
    /// <param name="index">Which, among the call's streams and callbacks.</param>
    public readonly IAsyncEnumerable<T> Stream<T, TCodec>(byte index)
        where TCodec : IContractCodec<T> => _server!.PartsOf(_call!).AddStream<T, TCodec>(index);

    /// <summary>Gets the way to a callback that goes with the call.</summary>
    /// <inheritdoc cref="Stream" path="/param"/>
    public readonly ContractCallback Callback(byte index) => new(_server!.PartsOf(_call!).Callbacks, index);

    /// <summary>Answers with a stream.</summary>
    public readonly void CompleteStream<T, TCodec>(IAsyncEnumerable<T> items)
        where TCodec : IContractCodec<T> => _server!.Stream<T, TCodec>(_call!, items);

    /// <summary>Refuses a method that there isn't.</summary>
    public readonly void RefuseMethod() => Refuse(ContractRefusal.Method);

    /// <summary>Answers with a result, now or when it is there.</summary>
    public readonly void Complete<T, TCodec>(ValueTask<T> result)
        where TCodec : IContractCodec<T>
    {
        if (_server is null)
            _callback!.Complete<T, TCodec>(result);
        else if (result.IsCompletedSuccessfully)
            _server.Reply<T, TCodec>(_call!, result.Result);
        else
            _server.Wait<T, TCodec>(_call!, result);
    }

    /// <summary>Answers without a result, now or when the method has ended.</summary>
    public readonly void Complete(ValueTask done)
    {
        if (_server is null)
        {
            _callback!.Complete(done);
        }
        else if (done.IsCompletedSuccessfully)
        {
            done.GetAwaiter().GetResult();
            _server.Reply(_call!);
        }
        else
        {
            _server.Wait(_call!, done);
        }
    }

    private readonly void Refuse(ContractRefusal reason)
    {
        if (_server is null)
            _callback!.Refuse(reason);
        else
            _server.Refuse(_call!, reason);
    }
}
