import { Type } from 'class-transformer';
import { ArrayMinSize, IsArray, IsEmail, IsInt, IsString, Length, Min, ValidateNested } from 'class-validator';

export class OrderLineDto {
  @IsString() @Length(1, 64) sku!: string;
  @IsInt() @Min(1) quantity!: number;
  @IsInt() @Min(0) unitPriceCents!: number;
}

export class CreateOrderDto {
  @IsString() @Length(1, 128) customerId!: string;
  @IsEmail() email!: string;
  @IsString() @Length(3, 3) currency!: string;
  @IsArray() @ArrayMinSize(1) @ValidateNested({ each: true }) @Type(() => OrderLineDto) lines!: OrderLineDto[];
}
