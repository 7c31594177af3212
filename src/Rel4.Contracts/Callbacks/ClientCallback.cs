using System.Diagnostics;
using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>One call of a callback under way at a client. Any thread. It is answered once.</summary>
internal sealed class ClientCallback
{
    private readonly ClientCallbacks _callbacks;
    private readonly CancellationTokenSource _cancellation;
    private Activity? _activity;

    public ClientCallback(ClientCallbacks callbacks, in MessageHeader header)
    {
        _callbacks = callbacks;
        (Method, Number) = (header.Method, header.Number);
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(callbacks.Call.Ended);
        Token = _cancellation.Token;
    }

    public uint Method { get; }

    public ulong Number { get; }

    public CancellationToken Token { get; }

    /// <summary>Has it answered.</summary>
    public void Run(ContractDispatcher dispatcher, in MessageHeader header, ContractReader arguments)
    {
        Activity? outer = Activity.Current;
        if (ContractActivities.AreWanted && (_activity = ContractActivities.StartServer(dispatcher, Method, header.Trace)) is not null)
            Activity.Current = _activity;
        var contractCall = new ContractCall(this, arguments);
        try
        {
            dispatcher.Dispatch(ref contractCall);
        }
        catch (Exception failure)
        {
            Fail(failure);
        }

        if (_activity is not null)
            Activity.Current = outer;
    }

    /// <summary>Cancels its token, in the thread pool: what code has registered with it is no business of whoever asks. While it is listed.</summary>
    public void Cancel() => _cancellation.CancelAsync();

    /// <summary>Answers with a result, now or when it is there.</summary>
    public async void Complete<T, TCodec>(ValueTask<T> result)
        where TCodec : IContractCodec<T>
    {
        try
        {
            T value = await result;
            ContractWriter answer = BeginAnswer(ReplyLabel.Result);
            TCodec.Write(answer, value);
            End(answer);
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    /// <summary>Answers without a result, when the method has ended.</summary>
    public async void Complete(ValueTask done)
    {
        try
        {
            await done;
            End(BeginAnswer(ReplyLabel.Result));
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    /// <summary>Refuses it.</summary>
    public void Refuse(ContractRefusal reason) => End(BeginAnswer((ReplyLabel)((int)ReplyLabel.Refused + (int)reason)));

    private void Fail(Exception failure)
    {
        if (_activity is not null)
            ContractActivities.Stop(_activity, failure);
        switch (failure)
        {
            case OperationCanceledException when Token.IsCancellationRequested:
                End(BeginAnswer(ReplyLabel.Cancelled));
                break;
            case ContractException error and not (ContractRefusedException or ContractFailedException):
                ContractWriter answer = BeginAnswer(ReplyLabel.Error);
                ReplyError.Write(answer, error);
                End(answer);
                break;
            default:
                _callbacks.Call.Fail(failure);
                End(BeginAnswer(ReplyLabel.Failed));
                break;
        }
    }

    private ContractWriter BeginAnswer(ReplyLabel label)
    {
        ContractWriter answer = _callbacks.Call.Begin(MessageKind.Answer);
        answer.Write(Number);
        answer.Write((ushort)label);
        return answer;
    }

    private async void End(ContractWriter answer)
    {
        _callbacks.Remove(this);
        _cancellation.Dispose();
        if (_activity is not null)
            ContractActivities.Stop(_activity);
        try
        {
            try
            {
                await _callbacks.Call.SendAsync(answer);
            }
            catch (Exception failure) when (!_callbacks.Call.Ended.IsCancellationRequested)
            {
                // Too long, for example; the server still waits for an answer.
                _callbacks.Call.Fail(failure);
                await _callbacks.Call.SendAsync(BeginAnswer(ReplyLabel.Failed));
            }
        }
        catch (Exception)
        {
            // The call has ended, whose own reply says how.
        }
    }
}
