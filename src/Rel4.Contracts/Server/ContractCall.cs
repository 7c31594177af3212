using System.ComponentModel;
using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>A call that generated code reads the arguments of and has a method answer.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct ContractCall
{
    private readonly ContractServer _server;
    private readonly ServerCall _call;

    /// <summary>What is left of the message.</summary>
    public ContractReader Arguments;

    internal ContractCall(ContractServer server, ServerCall call, ContractReader arguments)
    {
        _server = server;
        _call = call;
        Arguments = arguments;
    }

    /// <summary>Gets the method's number.</summary>
    public readonly uint Method => _call.Method;

    /// <summary>Gets the token of the call; it is not to be kept when the method has ended.</summary>
    public readonly CancellationToken Cancel => _call.Token;

    /// <summary>Ends the reading of arguments.</summary>
    /// <returns>False if they were not what the method takes, and the call is refused.</returns>
    public readonly bool TryBegin()
    {
        if (!Arguments.HasFailed && Arguments.IsAtEnd)
            return true;
        _server.Refuse(_call, ContractRefusal.Malformed);
        return false;
    }

    /// <summary>Ends the reading of arguments of a method that returns a stream.</summary>
    /// <returns>False if they were not what the method takes, or the client has too many streams, and the call is refused.</returns>
    public readonly bool TryBeginStream() => TryBegin() && _server.TryBeginStream(_call);

    /// <summary>Answers with a stream.</summary>
    public readonly void CompleteStream<T, TCodec>(IAsyncEnumerable<T> items)
        where TCodec : IContractCodec<T> => _server.Stream<T, TCodec>(_call, items);

    /// <summary>Refuses a method that there isn't.</summary>
    public readonly void RefuseMethod() => _server.Refuse(_call, ContractRefusal.Method);

    /// <summary>Answers with a result, now or when it is there.</summary>
    public readonly void Complete<T, TCodec>(ValueTask<T> result)
        where TCodec : IContractCodec<T>
    {
        if (result.IsCompletedSuccessfully)
            _server.Reply<T, TCodec>(_call, result.Result);
        else
            _server.Wait<T, TCodec>(_call, result);
    }

    /// <summary>Answers without a result, now or when the method has ended.</summary>
    public readonly void Complete(ValueTask done)
    {
        if (done.IsCompletedSuccessfully)
        {
            done.GetAwaiter().GetResult();
            _server.Reply(_call);
        }
        else
        {
            _server.Wait(_call, done);
        }
    }
}
