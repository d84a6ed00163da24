import type { Header } from '../../port.ts';
import type { PrivateModules } from '../private-modules.ts';

type Content = Buffer | string | null;

interface Encoder {
  size(): number;
  writeInt8(value: number): Encoder;
  writeVarInt(value: number): Encoder;
  writeVarLong(value: number): Encoder;
  writeVarIntBytes(value: Content | undefined): Encoder;
  writeVarIntString(value: string): Encoder;
  writeEncoder(value: Encoder): Encoder;
}

export interface RecordToEncode {
  offsetDelta?: number;
  timestampDelta?: number;
  key?: Content;
  value?: Content;
  headers?: readonly Header<Content>[];
}

interface RawHeader {
  key: string;
  value: Buffer | null;
}

interface Decoder {
  readVarIntArray(read: (decoder: Decoder) => RawHeader): RawHeader[];
}

type DecodeRecord = (decoder: Decoder, batch: object) => { headers: unknown };

const codec = 'src/protocol/recordBatch/record/v0';

/**
 * tulios/kafkajs#1786: a header whose value is null can't be written. tulios/kafkajs#1121: headers are an object, so that
 * the order of repeated names and of numbers is lost, and `__proto__` as well. Both directions take a list instead.
 */
export function patchRecordHeaders(modules: PrivateModules): void {
  const EncoderOfKafkajs = modules.load<new () => Encoder>('src/protocol/encoder');
  const decode = modules.load<DecodeRecord>(`${codec}/decoder`);
  modules.replace(codec, ({ offsetDelta = 0, timestampDelta = 0, key, value, headers = [] }: RecordToEncode) => {
    const body = new EncoderOfKafkajs().writeInt8(0).writeVarLong(timestampDelta).writeVarInt(offsetDelta);
    body.writeVarIntBytes(key).writeVarIntBytes(value).writeVarInt(headers.length);
    for (const [name, content] of headers) body.writeVarIntString(name).writeVarIntBytes(content);
    return new EncoderOfKafkajs().writeVarInt(body.size()).writeEncoder(body);
  });
  modules.replace(`${codec}/decoder`, (decoder: Decoder, batch: object) => {
    let headers: Header[] = [];
    // The headers are the only array of a record. kafkajs makes its object of nothing.
    const readArray = decoder.readVarIntArray.bind(decoder);
    decoder.readVarIntArray = (read) => {
      headers = readArray(read).map(({ key, value }) => [key, value]);
      return [];
    };
    return { ...decode(decoder, batch), headers };
  });
}
