using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <content>Calls that streams or callbacks go with, and those that return streams: pulled in batches, one of which is asked for ahead.</content>
public sealed partial class ContractClient
{
    /// <summary>Arguments are in one record, so that nothing that is sent behind the call overtakes it.</summary>
    private const int MostArgumentBytes = 16 << 10;

    /// <summary>Begins the arguments of a call with streams or callbacks.</summary>
    public ContractWriter BeginArguments() => ContractWriter.Rent(_options.Serializer);

    /// <summary>Begins what goes with a call.</summary>
    public static CallParts BeginParts() => new();

    /// <summary>Makes a call that streams or callbacks go with.</summary>
    /// <exception cref="ArgumentException">The arguments take more than 16 KiB.</exception>
    public ValueTask<T> CallAsync<T, TCodec>(ContractWriter arguments, uint method, string name, CallParts parts, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T>
    {
        byte[] bytes = Take(arguments);
        return CompleteAsync();

        async ValueTask<T> CompleteAsync()
        {
            using IpcResponse response = await CallAsync(bytes, method, name, parts, cancellationToken);
            return Read<T, TCodec>(response, cancellationToken);
        }
    }

    /// <summary>Makes a call that streams or callbacks go with, and that has no result.</summary>
    /// <inheritdoc cref="CallAsync{T, TCodec}(ContractWriter, uint, string, CallParts, CancellationToken)" path="/exception"/>
    public ValueTask CallAsync(ContractWriter arguments, uint method, string name, CallParts parts, CancellationToken cancellationToken) =>
        new(CallAsync<Nothing, Nothing>(arguments, method, name, parts, cancellationToken).AsTask());

    /// <summary>Gets a stream, which calls when it is gone through, each time.</summary>
    /// <exception cref="ArgumentException">The arguments take more than 16 KiB.</exception>
    public IAsyncEnumerable<T> StreamAsync<T, TCodec>(ContractWriter arguments, uint method, string name, CallParts? parts, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T> => EnumerateAsync<T, TCodec>(Take(arguments), method, name, parts, cancellationToken);

    private static byte[] Take(ContractWriter arguments)
    {
        byte[] bytes = arguments.Written.ToArray();
        arguments.Return();
        return bytes.Length <= MostArgumentBytes ? bytes : throw new ArgumentException(
            $"The arguments take {bytes.Length} bytes, and those of a method with streams or callbacks may take {MostArgumentBytes}. Send what is longer by a call of its own, or as a stream.");
    }

    /// <returns>A response that has a result.</returns>
    private async Task<IpcResponse> CallAsync(byte[] arguments, uint method, string name, CallParts parts, CancellationToken cancellationToken)
    {
        ulong number = NextNumber();
        Activity? activity = ContractActivities.AreWanted ? ContractActivities.StartClient(_service, name) : null;
        Task<IpcResponse> reply = BeginAsync(arguments, method, number, activity, parts.HasStreams ? Timeout.InfiniteTimeSpan : _options.Timeout, cancellationToken);
        var call = new ClientCall(this, method, number, reply);
        Exception? failure = null;
        try
        {
            parts.Start(call);
            IpcResponse response = await reply;
            if (response.Label == (ushort)ReplyLabel.Result)
                return response;
            using (response)
                throw ErrorOf(response, cancellationToken);
        }
        catch (Exception thrown)
        {
            if (thrown is OperationCanceledException && cancellationToken.IsCancellationRequested)
                Cancel(method, number);
            failure = thrown is ContractFailedException && call.Failure is { } own ? own : thrown;
            if (failure != thrown)
                ExceptionDispatchInfo.Throw(failure);
            throw;
        }
        finally
        {
            call.End();
            if (activity is not null)
                ContractActivities.Stop(activity, failure);
        }
    }

    private async IAsyncEnumerable<T> EnumerateAsync<T, TCodec>(
        byte[] arguments, uint method, string name, CallParts? parts, CancellationToken cancellationToken, [EnumeratorCancellation] CancellationToken enumeration = default)
        where TCodec : IContractCodec<T>
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enumeration);
        int credit = Math.Clamp(_options.Credit, 1, ContractServerOptions.MostCredit);
        ulong number = NextNumber();
        Activity? activity = ContractActivities.AreWanted ? ContractActivities.StartClient(_service, name) : null;
        // Its reply is the stream's end, and says how it ended.
        Task<IpcResponse> reply = BeginAsync(arguments, method, number, activity, Timeout.InfiniteTimeSpan, either.Token);
        var call = new ClientCall(this, method, number, reply);
        parts?.Start(call);
        Task<IpcResponse> next = PullAsync();
        bool isLast = false, hasEnded = false;
        Exception? failure = null;
        try
        {
            while (await NextAsync() is { } batch)
            {
                foreach (T item in batch)
                    yield return item;
            }
        }
        finally
        {
            if (!hasEnded)
                Cancel(method, number);
            call.End();
            Forget(next);
            Forget(reply);
            if (activity is not null)
                ContractActivities.Stop(activity, failure);
        }

        // Null at the end of the stream.
        async ValueTask<T[]?> NextAsync()
        {
            try
            {
                if (!isLast && await PulledAsync() is { } batch)
                {
                    if (!isLast)
                        next = PullAsync();
                    return batch;
                }

                using IpcResponse end = await reply;
                hasEnded = true;
                ReadEnd(end, call, either.Token);
                return null;
            }
            catch (Exception thrown)
            {
                failure = thrown;
                throw;
            }
        }

        async ValueTask<T[]?> PulledAsync()
        {
            for (int tries = 1;; tries++)
            {
                using (IpcResponse response = await next)
                {
                    if (response.Label != (ushort)ReplyLabel.CallEnded)
                        return ReadBatch<T, TCodec>(response, credit, either.Token, out isLast);
                }

                if (!await call.IsToTryAgainAsync(tries))
                    return null;
                next = PullAsync();
            }
        }

        Task<IpcResponse> PullAsync()
        {
            ContractWriter message = Begin(MessageKind.Pull, method, number);
            message.Write(credit);
            return SendAsync(message, Timeout.InfiniteTimeSpan, either.Token);
        }
    }

    private Task<IpcResponse> BeginAsync(byte[] arguments, uint method, ulong number, Activity? activity, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ContractWriter message = Begin(MessageKind.Call, method, number, timeout != Timeout.InfiniteTimeSpan, activity ?? Activity.Current);
        arguments.CopyTo(message.GetSpan(arguments.Length));
        message.Advance(arguments.Length);
        return SendAsync(message, timeout, cancellationToken);
    }

    private T[] ReadBatch<T, TCodec>(IpcResponse response, int credit, CancellationToken cancellationToken, out bool isLast)
        where TCodec : IContractCodec<T>
    {
        if (response.Label != (ushort)ReplyLabel.Result)
            throw ErrorOf(response, cancellationToken);
        var reader = new ContractReader(MessageCopy.Of(response.Payload), _options.Serializer);
        isLast = reader.ReadBoolean();
        T[] batch = reader.ReadArray<T, TCodec>();
        // One without items asks for the next pull at once, and so on.
        bool isWrong = reader.HasFailed || !reader.IsAtEnd || batch.Length > credit || (batch.Length == 0 && !isLast);
        return isWrong ? throw ReplyError.Malformed(Peer.Server) : batch;
    }

    private void ReadEnd(IpcResponse end, ClientCall call, CancellationToken cancellationToken)
    {
        try
        {
            Read<Nothing, Nothing>(end, cancellationToken);
        }
        catch (ContractFailedException) when (call.Failure is { } own)
        {
            ExceptionDispatchInfo.Throw(own);
        }
    }

    /// <summary>Gives a reply back that nobody reads, whenever it comes.</summary>
    private static void Forget(Task<IpcResponse> reply) => reply.ContinueWith(
        static reply =>
        {
            if (reply.IsCompletedSuccessfully)
                reply.Result.Dispose();
            else
                _ = reply.Exception;
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
