using System.Buffers.Binary;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Tries all that the store does and refuses, by both ways, and learns of the store's end.</summary>
internal sealed class Checks
{
    private const int Survivors = 4;
    private const ulong AnyKey = 1, OtherKey = 2, FirstKey = 1000;
    private const ulong Least = 256, Most = 1024;

    private readonly byte[] _request = new byte[2 * KvMessage.Longest];
    private readonly byte[] _reply = new byte[KvMessage.Longest];
    private bool _isSynchronous;
    private ulong _failed;

    /// <summary>Does one thing after another, each when the task is signalled.</summary>
    public static async CoTask RunAsync()
    {
        var checks = new Checks();
        await ReL4.Wait(BrokerLayout.Bell);
        ulong synchronous = await checks.TryAllAsync(isSynchronous: true);
        RootTask.Tell(synchronous, await checks.TryAllAsync(isSynchronous: false));

        await ReL4.Wait(BrokerLayout.Bell);
        ulong survived = await SurviveAsync();
        (CompletionOutcome outcome, _) = await ReL4.Call(KvLayout.Endpoint, KvLabel.Get, checks._request.AsMemory(0, KvMessage.Write(checks._request, AnyKey))).WithOutcome();
        RootTask.Tell(survived == Survivors ? 0UL : 1, outcome == CompletionOutcome.Failed ? 0UL : 1, checks.Ask(KvLabel.Get, KvMessage.RequestValue) == (ulong)BrokerLabel.Ended ? 0UL : 1);

        await ReL4.Wait(BrokerLayout.Bell);
        RootTask.Tell(await checks.TryAllAsync(isSynchronous: true), await checks.TryAllAsync(isSynchronous: false));
        await ReL4.Wait(BrokerLayout.Bell);
    }

    private static async CoTask<ulong> SurviveAsync()
    {
        var callers = new Survivor[Survivors];
        var ids = new CoroutineId[Survivors];
        ulong survived = 0;
        for (int i = 0; i < callers.Length; i++)
        {
            callers[i] = new Survivor((ulong)i);
            ids[i] = Spawn(callers[i]);
        }

        for (int i = 0; i < callers.Length; i++)
        {
            await Executor.Current!.Join(ids[i]);
            survived += callers[i].HasSurvived ? 1UL : 0;
        }

        return survived;
    }

    private static unsafe CoroutineId Spawn(Survivor caller) => Executor.Current!.Spawn(&Survivor.CallAsync, caller);

    private async CoTask<ulong> TryAllAsync(bool isSynchronous)
    {
        _failed = 0;
        _isSynchronous = isSynchronous;
        await KeepAsync();
        await RefuseAsync();
        await FillAsync();
        return _failed;
    }

    private async CoTask KeepAsync()
    {
        Expect(KvCheck.Keeps, await GetAsync(AnyKey) == KvStatus.NotFound);
        Expect(KvCheck.Keeps, await DeleteAsync(AnyKey) == KvStatus.NotFound);
        Expect(KvCheck.Keeps, await SetAsync(AnyKey, 1) == KvStatus.Done && await SetAsync(OtherKey, 2) == KvStatus.Done && await SetAsync(AnyKey, 3) == KvStatus.Done);
        Expect(KvCheck.Keeps, await GetAsync(AnyKey) == KvStatus.Done && KvMessage.HasValue(_reply, 3));
        _isSynchronous = !_isSynchronous;
        Expect(KvCheck.Keeps, await GetAsync(OtherKey) == KvStatus.Done && KvMessage.HasValue(_reply, 2));
        _isSynchronous = !_isSynchronous;

        WriteLong(AnyKey, KvMessage.LongestValue);
        Expect(KvCheck.Keeps, await AskAsync(KvLabel.Set, KvMessage.Longest) == KvStatus.Done && await GetAsync(AnyKey) == KvStatus.Done && HasLongest());
        Expect(KvCheck.Keeps, await DeleteAsync(AnyKey) == KvStatus.Done && await GetAsync(AnyKey) == KvStatus.NotFound);
        Expect(KvCheck.Keeps, await DeleteAsync(OtherKey) == KvStatus.Done);
    }

    private async CoTask RefuseAsync()
    {
        Expect(KvCheck.Refuses, await AskAsync(0, KvMessage.Write(_request, AnyKey)) == KvStatus.BadRequest);
        Expect(KvCheck.Refuses, await AskAsync(KvLabel.Delete + 1, KvMessage.Write(_request, AnyKey)) == KvStatus.BadRequest);
        Expect(KvCheck.Refuses, await AskAsync(KvLabel.Get, KvMessage.Key) == KvStatus.BadRequest);
        Expect(KvCheck.Refuses, await AskAsync(KvLabel.Get, 0) == KvStatus.BadRequest);
        Expect(KvCheck.Refuses, await SetAsync(0, 1) == KvStatus.BadRequest);
        WriteLong(AnyKey, KvMessage.LongestValue + 1);
        Expect(KvCheck.Refuses, await AskAsync(KvLabel.Set, _request.Length) == KvStatus.BadRequest);
        WriteLong(AnyKey, KvMessage.LongestValue);
        Expect(KvCheck.Refuses, await AskAsync(KvLabel.Set, KvMessage.Longest - sizeof(ulong)) == KvStatus.BadRequest);
        WriteLong(AnyKey, ulong.MaxValue);
        Expect(KvCheck.Refuses, await AskAsync(KvLabel.Set, KvMessage.Longest) == KvStatus.BadRequest);
        Expect(KvCheck.Refuses, await AskAsync(KvLabel.Get, KvMessage.Write(_request, AnyKey, 1)) == KvStatus.BadRequest);
        Expect(KvCheck.Refuses, await GetAsync(AnyKey) == KvStatus.NotFound);
    }

    private async CoTask FillAsync()
    {
        ulong count = 0;
        KvStatus status = KvStatus.Done;
        while (count <= Most && (status = await SetAsync(FirstKey + count, count)) == KvStatus.Done)
            count++;
        Expect(KvCheck.IsBounded, status == KvStatus.Full && count >= Least);
        // Room for a key is where one was.
        Expect(KvCheck.IsBounded, await SetAsync(FirstKey, 0) == KvStatus.Done && await DeleteAsync(FirstKey) == KvStatus.Done && await SetAsync(FirstKey, 0) == KvStatus.Done);
        Expect(KvCheck.IsBounded, await GetAsync(FirstKey + count) == KvStatus.NotFound);
        for (ulong i = 0; i < count; i++)
        {
            Expect(KvCheck.IsBounded, await GetAsync(FirstKey + i) == KvStatus.Done && KvMessage.HasValue(_reply, i));
            Expect(KvCheck.IsBounded, await DeleteAsync(FirstKey + i) == KvStatus.Done);
        }

        Expect(KvCheck.IsBounded, await SetAsync(FirstKey + count, count) == KvStatus.Done && await DeleteAsync(FirstKey + count) == KvStatus.Done);
    }

    private void Expect(ulong check, bool holds) => _failed |= holds ? 0 : check;

    private CoTask<KvStatus> GetAsync(ulong key) => AskAsync(KvLabel.Get, KvMessage.Write(_request, key));

    private CoTask<KvStatus> SetAsync(ulong key, ulong value) => AskAsync(KvLabel.Set, KvMessage.Write(_request, key, value));

    private CoTask<KvStatus> DeleteAsync(ulong key) => AskAsync(KvLabel.Delete, KvMessage.Write(_request, key));

    private void WriteLong(ulong key, ulong length)
    {
        KvMessage.Write(_request, key);
        BinaryPrimitives.WriteUInt64LittleEndian(_request, length);
        for (int i = KvMessage.RequestValue; i < _request.Length; i++)
            _request[i] = (byte)i;
    }

    private bool HasLongest()
    {
        bool isRight = BinaryPrimitives.ReadUInt64LittleEndian(_reply) == KvMessage.LongestValue;
        for (int i = 0; i < KvMessage.LongestValue; i++)
            isRight &= _reply[KvMessage.ReplyValue + i] == (byte)(KvMessage.RequestValue + i);
        return isRight;
    }

    private async CoTask<KvStatus> AskAsync(ushort label, int bytes)
    {
        if (_isSynchronous)
            return (KvStatus)Ask(label, bytes);
        using IpcResponse reply = await ReL4.Call(KvLayout.Endpoint, label, _request.AsMemory(0, bytes));
        reply.Payload.CopyTo(_reply);
        return (KvStatus)reply.Label;
    }

    private ulong Ask(ushort label, int bytes)
    {
        Span<byte> message = KvLayout.SynchronousMessage;
        ((Span<byte>)_request).Slice(0, bytes).CopyTo(message);
        MessageInfo info = SeL4.Call(KvLayout.Endpoint, default(KvLayout).Describe(label, bytes));
        message.Slice(0, Math.Min((int)info.Length * sizeof(ulong), _reply.Length)).CopyTo(_reply);
        return info.Label;
    }
}
